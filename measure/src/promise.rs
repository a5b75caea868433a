//! The ratios that are promised, and which of them a report breaks.

use std::fmt;

use wgpu_activations::wgpu::DeviceType;
use wgpu_activations::{Gate, Kind, Storage};

use crate::report::{Family, Measurement, Report};

/// Promises are made for operands of so many elements or more: smaller ones fit into caches.
pub const PROMISED_FROM: u64 = 1 << 24;

/// What a kernel may take, as a multiple of the copy kernel with as many inputs. Where a CPU computes, memory hides little of what is done beside it
/// if it is as fast as it can be: on a quiet machine with two threads, whose copy kernel took 0.68 ns an element, the largest of each kind were
/// 1.18, 2.89 (logit) and 5.07 (situ_glu). A tenth is added. Rejected: 1.1, 1.8 and 3, which only hold where memory is slow.
const RELU: f64 = 1.3;
const ONE_EXPONENTIAL: f64 = 3.2;
const MORE: f64 = 5.6;
/// Where a GPU computes, memory decides, whatever the function.
const ON_A_GPU: f64 = 1.1;
/// What 16 bits may take, as a multiple of f32, for each element.
pub const SIXTEEN_BITS: f64 = 1.6;
/// What recording a prepared step may take, as a multiple of the bare calls.
const RECORDING_RATIO: f64 = 1.3;
/// What preparing a step may take, in microseconds more than its bare bind group and uniform.
const PREPARE_US: f64 = 5.0;

/// Functions of the table's formulas by what they cost, in exponentials: erf and sine count as more than one, and a logarithm as one.
const COSTS: &[(&str, u32)] = &[
    ("abs", 0),
    ("cos", 2),
    ("erf", 2),
    ("exp", 1),
    ("log", 1),
    ("max", 0),
    ("min", 0),
    ("Phi", 2),
    ("phi", 1),
    ("s", 1),
    ("sin", 2),
    ("sqrt", 0),
    ("tanh", 1),
];

/// The exponentials that a kind's formula takes.
fn exponentials(kind: Kind) -> u32 {
    functions(kind.formula())
        .filter_map(|name| COSTS.iter().find(|(known, _)| *known == name))
        .map(|(_, cost)| cost)
        .sum()
}

/// The names before the opening parentheses of a formula.
fn functions(formula: &str) -> impl Iterator<Item = &str> {
    let before = formula.match_indices('(').map(|(at, _)| &formula[..at]);
    let name = |before: &'_ str| before.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |at| at + 1);
    before.map(move |before| &before[name(before)..]).filter(|name| !name.is_empty())
}

/// The ratio to the copy kernel that is promised for a kind, forward and backward. `None` for operands too small for a promise, and for
/// 16-bit ones where a CPU computes: it copies half as many bytes, but computes no less.
pub(crate) fn ratio(kind: Kind, storage: Storage, elements: u64, device_type: DeviceType) -> Option<f64> {
    let ratio = match (kind, exponentials(kind)) {
        _ if on_a_gpu(device_type) => ON_A_GPU,
        _ if storage != Storage::F32 => return None,
        (Kind::Relu, _) => RELU,
        (_, 0 | 1) => ONE_EXPONENTIAL,
        _ => MORE,
    };
    (elements >= PROMISED_FROM).then_some(ratio)
}

/// The ratio to a copy kernel with as many operands that is promised for a gated function, both ways.
pub(crate) fn gated(gate: Gate, storage: Storage, elements: u64, device_type: DeviceType) -> Option<f64> {
    // Few operations more than the activation: no promise as close to a copy as relu's. But this one has three exponentials.
    let closest = if on_a_gpu(device_type) {
        ON_A_GPU
    } else if gate == Gate::SITU_GLU {
        MORE
    } else {
        ONE_EXPONENTIAL
    };
    Some(ratio(gate.kind().activation(), storage, elements, device_type)?.max(closest))
}

/// What the gradient of a parameter may take, as a multiple of backward.
const GRADIENT: f64 = 1.5;

/// The ratio to backward that is promised for the gradient of a parameter.
pub(crate) fn gradient(storage: Storage, elements: u64) -> Option<f64> {
    (storage == Storage::F32 && elements >= PROMISED_FROM).then_some(GRADIENT)
}

fn on_a_gpu(device_type: DeviceType) -> bool {
    matches!(device_type, DeviceType::DiscreteGpu | DeviceType::IntegratedGpu | DeviceType::VirtualGpu)
}

/// A promise, and the figure that breaks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// What was measured.
    pub what: String,
    /// What came out.
    pub measured: f64,
    /// The most that is promised.
    pub promised: f64,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.2}, promised {}", self.what, self.measured, self.promised)
    }
}

/// Every promise that a report breaks.
#[must_use]
pub fn broken(report: &Report) -> Vec<Broken> {
    let host = [
        ("recording a step, as a multiple of the bare calls", report.host.recording_ratio, RECORDING_RATIO),
        ("preparing a step, in microseconds more than the bare objects", report.host.prepare_us, PREPARE_US),
    ];
    let host = host.map(|(what, measured, promised)| Broken { what: what.to_owned(), measured, promised });
    let kernel = |result: &Measurement| {
        let Measurement { parameters, direction, storage, elements, .. } = result;
        let what = format!(
            "{parameters} {direction} {storage}, {elements} elements, as a multiple of the copy kernel"
        );
        Some(Broken { what, measured: result.ratio_to_copy_kernel, promised: result.promised_ratio? })
    };
    let sixteen = report.results.iter().filter_map(|result| against_f32(report, result));
    let families = report.families.iter().filter_map(of_family);
    let all = host.into_iter().chain(report.results.iter().filter_map(kernel)).chain(sixteen).chain(families);
    // A figure that is no number keeps no promise.
    all.filter(|promise| promise.measured.is_nan() || promise.measured > promise.promised).collect()
}

fn of_family(result: &Family) -> Option<Broken> {
    let Family { name, direction, storage, elements, against, .. } = result;
    Some(Broken {
        what: format!("{name} {direction} {storage}, {elements} elements, as a multiple of {against}"),
        measured: result.ratio,
        promised: result.promised_ratio?,
    })
}

/// What is promised of 16 bits where f32 was measured, too.
fn against_f32(report: &Report, result: &Measurement) -> Option<Broken> {
    let Measurement { activation, parameters, direction, storage, elements, .. } = result;
    if *storage == Storage::F32 || *elements < PROMISED_FROM {
        return None;
    }
    let same = |other: &&Measurement| {
        other.storage == Storage::F32
            && (other.activation, &other.direction, other.elements) == (*activation, direction, *elements)
    };
    let f32_result = report.results.iter().find(same)?;
    Some(Broken {
        what: format!("{parameters} {direction} {storage}, {elements} elements, as a multiple of f32"),
        measured: result.ns_per_element / f32_result.ns_per_element,
        promised: SIXTEEN_BITS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_of_the_formulas_has_a_cost() {
        for kind in Kind::ALL {
            for name in functions(kind.formula()).chain(functions(kind.derivative())) {
                assert!(COSTS.iter().any(|(known, _)| *known == name), "{kind}: {name}");
            }
        }
    }

    #[test]
    fn erf_sine_and_two_exponentials_may_take_longer() {
        let of = |kind| ratio(kind, Storage::F32, PROMISED_FROM, DeviceType::Cpu);
        assert_eq!(of(Kind::Relu), Some(RELU));
        for kind in [Kind::Identity, Kind::Elu, Kind::Sigmoid, Kind::Log, Kind::GeluTanh] {
            assert_eq!(of(kind), Some(ONE_EXPONENTIAL), "{kind}");
        }
        for kind in [Kind::GeluErf, Kind::Mish, Kind::Softplus, Kind::Snake] {
            assert_eq!(of(kind), Some(MORE), "{kind}");
        }
        assert_eq!(ratio(Kind::Snake, Storage::F32, PROMISED_FROM, DeviceType::DiscreteGpu), Some(ON_A_GPU));
        assert_eq!(ratio(Kind::Snake, Storage::F32, PROMISED_FROM - 1, DeviceType::Cpu), None);
    }
}
