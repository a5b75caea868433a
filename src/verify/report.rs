//! What a run found.

use std::fmt;

use crate::activation::{Bound, Floor};
use crate::gpu::Gpu;
use crate::storage::Storage;
use crate::verify::Item;
use crate::verify::backend::Backend;
use crate::verify::case::Case;
use crate::verify::gated;
use crate::verify::probe::Probe;
use crate::verify::ulp::Statistics;

/// What a run found, and on what.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Report {
    /// The adapter that was checked.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub adapter: Adapter,
    /// Whether every f32 was an input, with the default parameters; else a grid of inputs, with several parameter values.
    pub exhaustive: bool,
    /// Its arithmetic, measured first; `None` where that is not in question.
    pub probe: Option<Probe>,
    /// One entry for each activation, its parameters, and direction.
    pub checks: Vec<Check>,
}

impl Report {
    /// A report of these checks.
    #[must_use]
    pub fn new(adapter: Adapter, exhaustive: bool, probe: Option<Probe>, checks: Vec<Check>) -> Self {
        Self { adapter, exhaustive, probe, checks }
    }

    /// Whether every check was within its budget, and there was one.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.pass)
    }
}

/// The adapter, then the checks that failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.checks.iter().filter(|check| !check.pass);
        writeln!(f, "{}: {} of {} checks failed", self.adapter, failed.clone().count(), self.checks.len())?;
        failed.into_iter().try_for_each(|check| writeln!(f, "{check}"))
    }
}

/// What was checked: figures without it mean nothing.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Adapter {
    /// The adapter's name.
    pub adapter: String,
    /// wgpu's backend.
    pub backend: String,
    /// The driver and its version.
    pub driver: String,
    /// "discrete GPU", "integrated GPU", "virtual GPU", "other", "software adapter", or "processor": neither of the last two is a GPU.
    pub kind: String,
    /// wgpu's version: its release line, since wgpu does not tell more. Who knows the exact one may put it here.
    pub wgpu: String,
    /// This library's version.
    pub library: String,
}

impl Adapter {
    /// The adapter of this device.
    #[must_use]
    pub fn of(gpu: &Gpu) -> Self {
        Self::new(gpu.adapter_info())
    }

    /// What wgpu says of an adapter, in words.
    #[must_use]
    pub fn new(info: wgpu::AdapterInfo) -> Self {
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => "discrete GPU",
            wgpu::DeviceType::IntegratedGpu => "integrated GPU",
            wgpu::DeviceType::VirtualGpu => "virtual GPU",
            wgpu::DeviceType::Cpu => "software adapter",
            wgpu::DeviceType::Other => "other",
        };
        let driver = [info.driver.trim(), info.driver_info.trim()];
        Self {
            adapter: info.name,
            backend: format!("{:?}", info.backend),
            driver: driver.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
            kind: kind.to_owned(),
            wgpu: WGPU_RELEASE.to_owned(),
            library: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// What its results are held to.
    pub(crate) fn computes_on(&self) -> Backend {
        if self.kind == PROCESSOR { Backend::Cpu } else { Backend::Gpu }
    }
}

#[cfg(feature = "cpu")]
impl Adapter {
    /// The processor that this runs on, which computes without wgpu.
    #[must_use]
    pub fn processor() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            adapter: format!("processor ({}, {threads} threads)", std::env::consts::ARCH),
            backend: "cpu".to_owned(),
            driver: "wgpu_activations::cpu".to_owned(),
            kind: PROCESSOR.to_owned(),
            wgpu: "not used".to_owned(),
            library: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The kind of "adapter" that is none.
const PROCESSOR: &str = "processor";

/// The release line that the manifest asks for; a test holds the two together.
const WGPU_RELEASE: &str = "30";

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {}, {})", self.adapter, self.backend, self.kind, self.driver)?;
        write!(f, ", wgpu {}, wgpu-activations {}", self.wgpu, self.library)
    }
}

/// One activation with its parameters, in one direction.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Check {
    /// The activation's name.
    pub activation: String,
    /// The activation with its parameters, as it is parsed.
    pub parameters: String,
    /// `forward`, `backward`, `backward_from_output`, `backward_PARAMETER`.
    pub direction: String,
    /// How the elements lay in memory.
    pub storage: Storage,
    /// The number of results compared.
    pub inputs: u64,
    /// The largest error, in ulp of the exact result; infinite for a NaN that should not be, or is missing. (JSON: null.)
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::infinite"))]
    pub max_ulp: f64,
    /// 99.9 % of all errors are no larger.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::infinite"))]
    pub p999_ulp: f64,
    /// The x (or y) of the largest error.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_input: f32,
    /// The dy of the largest error; 1 forward.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_dy: f32,
    /// What came out there.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_got: f32,
    /// What should have.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "null::not_a_number"))]
    pub worst_exact: f64,
    /// The largest error allowed, in ulp.
    pub budget: f64,
    /// Where an absolute error is allowed instead. There, errors are scaled so that the whole floor counts as the budget.
    #[cfg_attr(feature = "serde", serde(skip_deserializing))]
    pub floor: Option<Floor>,
    /// Whether the largest error is within the budget.
    pub pass: bool,
}

impl Item {
    /// The activation's name, or the gate's own; both with their parameters; and the direction.
    fn names(&self) -> [String; 3] {
        match self {
            Self::Activation(case) => {
                let activation = case.activation;
                [activation.kind().name().to_owned(), activation.to_string(), case.direction_name()]
            }
            Self::Gated(case) => {
                let name = gated::name(&case.gate).to_owned();
                [name, case.gate.to_string(), case.direction_name().to_owned()]
            }
        }
    }

    fn storage(&self) -> Storage {
        match self {
            Self::Activation(case) => case.storage,
            Self::Gated(case) => case.storage,
        }
    }

    fn bound(&self, backend: Backend) -> Bound {
        match self {
            Self::Activation(case) => backend.bound(case),
            Self::Gated(case) => backend.gated_bound(case),
        }
    }
}

/// `swish(beta=2) learned_forward`
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, parameters, direction] = self.names();
        write!(f, "{parameters} {direction}")
    }
}

impl Check {
    pub(crate) fn new(item: impl Into<Item>, backend: Backend, statistics: &Statistics) -> Self {
        let item = item.into();
        let bound = item.bound(backend);
        let [activation, parameters, direction] = item.names();
        let (worst_input, worst_dy, worst_got, worst_exact) =
            statistics.worst.unwrap_or((f32::NAN, f32::NAN, f32::NAN, f64::NAN));
        Self {
            activation,
            parameters,
            direction,
            storage: item.storage(),
            inputs: statistics.count,
            max_ulp: statistics.max,
            p999_ulp: statistics.quantile(0.999),
            worst_input,
            worst_dy,
            worst_got,
            worst_exact,
            budget: bound.ulp,
            floor: bound.floor,
            // Nothing compared is nothing proved.
            pass: statistics.count > 0 && statistics.max <= bound.ulp,
        }
    }

    /// Whether this is of an activation by itself: no gated function, no learned parameters.
    #[must_use]
    pub fn is_elementwise(&self) -> bool {
        self.item().is_some_and(|item| matches!(item, Item::Activation(case) if !case.learned))
    }

    /// What was checked; `None` if this build has no such case.
    fn item(&self) -> Option<Item> {
        let gated = || gated::find(&self.parameters, &self.direction, self.storage).map(Item::Gated);
        let activation = self.parameters.parse().ok();
        let same = |case: &Case| case.direction_name() == self.direction;
        let case = activation.and_then(|activation| {
            let learned = Case::all_learned(activation, self.storage);
            Case::all_in(activation, self.storage).into_iter().chain(learned).find(same)
        });
        case.map(Item::Activation).or_else(gated)
    }

    /// What was measured, perhaps by an earlier run, held to the bounds of this build for such an adapter. `None` if it has no such case.
    #[must_use]
    pub fn held_to_table(self, adapter: &Adapter) -> Option<Self> {
        let bound = self.item()?.bound(adapter.computes_on());
        let pass = self.inputs > 0 && self.max_ulp <= bound.ulp;
        Some(Self { budget: bound.ulp, floor: bound.floor, pass, ..self })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}: {:.3} ulp at x = {:e}, dy = {:e}: got {:e}, exact {:e} (budget {})",
            self.parameters,
            self.direction,
            self.storage,
            self.max_ulp,
            self.worst_input,
            self.worst_dy,
            self.worst_got,
            self.worst_exact,
            self.budget
        )
    }
}

/// JSON has no numbers that are not finite: they are written as null.
#[cfg(feature = "serde")]
mod null {
    use serde::{Deserialize, Deserializer};

    pub(super) fn infinite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
    }

    pub(super) fn not_a_number<'de, D: Deserializer<'de>, T: Deserialize<'de> + From<f32>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or(f32::NAN.into()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_release_of_wgpu_is_the_manifests() {
        let line = format!("wgpu = {{ version = \"{}\"", super::WGPU_RELEASE);
        assert!(include_str!("../../Cargo.toml").contains(&line), "{line}");
    }
}
