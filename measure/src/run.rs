//! A run: every activation, direction, storage and size of a plan, and what is made of the activations.

use anyhow::{Result, bail};
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Direction, Element, Kind, Storage, wgpu};

use crate::bed::{self, Bed};
use crate::case::Case;
use crate::cpu::CpuSide;
use crate::device::Device;
use crate::family;
use crate::host::Host;
use crate::report::{Build, Report};
use crate::rows::{self, ROW_SHAPES};

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// These activations.
    pub kinds: Vec<Kind>,
    /// Operands of so many elements.
    pub sizes: Vec<u64>,
    /// In these storage types.
    pub storages: Vec<Storage>,
    /// Whether second derivatives are measured as well.
    pub second: bool,
    /// Whether functions of rows are measured as well.
    pub rows: bool,
}

/// The directions that are always measured.
pub const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];

impl Plan {
    fn directions(&self) -> impl Iterator<Item = Direction> + use<> {
        DIRECTIONS.into_iter().chain(self.second.then_some(Direction::Second))
    }
}

/// How far a run has come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Measurements that are done.
    pub done: usize,
    /// Measurements in all.
    pub total: usize,
    /// What is measured next.
    pub next: String,
}

/// Measures. `progress` is called before each measurement.
pub fn run(device: &Device, plan: &Plan, progress: impl FnMut(Progress)) -> Result<Report> {
    let beds =
        plan.sizes.iter().flat_map(|&elements| plan.storages.iter().map(move |&storage| (elements, storage)));
    // Nothing runs for minutes and then fails.
    beds.clone().try_for_each(|(elements, storage)| bed::check_size(device, elements, storage))?;
    let report = Report {
        adapter: device.gpu.adapter_info().into(),
        build: Build::current(),
        shader_f16: device.gpu.device().features().contains(wgpu::Features::SHADER_F16),
        clock: device.clock.source(),
        cpu_threads: rayon::current_num_threads(),
        host: Host::measure(device)?,
        copies: Vec::new(),
        results: Vec::new(),
        families: Vec::new(),
        rows: Vec::new(),
    };
    let total = beds.clone().count() * plan.kinds.len() * plan.directions().count();
    let largest = plan.sizes.iter().copied().max().unwrap_or(0);
    let mut run = Run { device, plan, total, largest, progress, report };
    for (elements, storage) in beds {
        match storage {
            Storage::F32 => run.measure::<f32>(elements)?,
            Storage::F16 => run.measure::<f16>(elements)?,
            Storage::Bf16 => run.measure::<bf16>(elements)?,
            _ => bail!("{storage} cannot be measured yet"),
        }
    }
    if plan.rows {
        run.measure_rows()?;
    }
    Ok(run.report)
}

struct Run<'a, P> {
    device: &'a Device,
    plan: &'a Plan,
    total: usize,
    largest: u64,
    progress: P,
    report: Report,
}

impl<P: FnMut(Progress)> Run<'_, P> {
    /// All kinds over one bed.
    fn measure<T: Element>(&mut self, elements: u64) -> Result<()> {
        let operands = format!("{elements} {}", T::STORAGE);
        self.announce(format!("copies of {operands}"));
        let bed = Bed::<T>::new(self.device, elements)?;
        let baselines = [bed.baseline(1)?, bed.baseline(2)?];
        self.report.copies.extend(baselines.iter().map(|baseline| baseline.figures.clone()));
        let mut output = vec![T::from_f32(0.0); usize::try_from(elements)?];
        // The defaults, or the table's first sample where a parameter has none.
        for activation in self.plan.kinds.iter().filter_map(|kind| kind.samples().first().copied()) {
            for direction in self.plan.directions() {
                let baseline = &baselines[usize::from(direction != Direction::Forward)];
                self.announce(format!("{activation} {}, {operands}", direction.name(activation.kind())));
                let case = Case { bed: &bed, baseline, activation, direction };
                self.report.results.push(case.measure(&mut output)?);
                if elements == self.largest {
                    let output = &mut output[..];
                    self.found(CpuSide { bed: &bed, activation, direction, output }.crossover()?);
                }
            }
        }
        let (kinds, times) = (&self.plan.kinds[..], baselines[1].times);
        let gates = family::gates(&bed, kinds, times, |next| self.announce(next))?;
        let gradients = family::gradients(&bed, kinds, times, |next| self.announce(next))?;
        self.report.families.extend(gates.into_iter().chain(gradients));
        Ok(())
    }

    fn measure_rows(&mut self) -> Result<()> {
        for shape in ROW_SHAPES {
            self.announce(format!("functions of rows over {shape:?}"));
            self.report.rows.extend(rows::rows(self.device, shape)?);
        }
        Ok(())
    }

    /// The crossover that belongs to the last result, and to those of other sizes.
    fn found(&mut self, crossover: Option<u64>) {
        let Some(last) = self.report.results.last() else { return };
        let (activation, direction, storage) = (last.activation, last.direction.clone(), last.storage);
        for result in &mut self.report.results {
            if (result.activation, &result.direction, result.storage) == (activation, &direction, storage) {
                result.crossover_elements = crossover;
            }
        }
    }

    fn announce(&mut self, next: String) {
        (self.progress)(Progress { done: self.report.results.len(), total: self.total, next });
    }
}
