//! A run: every activation, direction, storage and size of a plan.

use anyhow::Result;
use wgpu_activations::verify::Adapter;
use wgpu_activations::{Activation, Direction, Kind, Storage};

use crate::bed::{self, Bed};
use crate::case::Case;
use crate::device::Device;
use crate::host::Host;
use crate::report::{Build, Report};

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// These activations.
    pub kinds: Vec<Kind>,
    /// Operands of so many elements.
    pub sizes: Vec<u64>,
}

/// The directions that are measured.
pub const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];

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
pub fn run(device: &Device, plan: &Plan, mut progress: impl FnMut(Progress)) -> Result<Report> {
    plan.sizes.iter().try_for_each(|&elements| bed::check_size(device, elements, Storage::F32))?;
    // The defaults, or the table's first sample where a parameter has none.
    let activations: Vec<Activation> =
        plan.kinds.iter().filter_map(|kind| kind.samples().first().copied()).collect();
    let total = plan.sizes.len() * activations.len() * DIRECTIONS.len();
    let mut report = Report {
        adapter: Adapter::of(&device.gpu),
        build: Build::current(),
        clock: device.clock.source(),
        host: Host::measure(device)?,
        copies: Vec::new(),
        results: Vec::new(),
    };
    for &elements in &plan.sizes {
        progress(Progress {
            done: report.results.len(),
            total,
            next: format!("copies of {elements} elements"),
        });
        let bed = Bed::new(device, elements, Storage::F32)?;
        let yardsticks = [bed.yardstick(1)?, bed.yardstick(2)?];
        report.copies.extend(yardsticks.iter().map(|yardstick| yardstick.figures.clone()));
        for &activation in &activations {
            for (direction, yardstick) in DIRECTIONS.into_iter().zip(&yardsticks) {
                let next = format!("{activation} {}, {elements} elements", direction.name(activation.kind()));
                progress(Progress { done: report.results.len(), total, next });
                report.results.push(Case { bed: &bed, yardstick, activation, direction }.measure()?);
            }
        }
    }
    Ok(report)
}
