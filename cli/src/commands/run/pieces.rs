//! Tensors of any size, element by element: in pieces, so that neither memory nor a buffer of the device holds one.

use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use npyz::Order;
use wgpu_activations::Gpu;

use super::Named;
use super::results::{Destination, Pieces};
use super::summary::Summary;
use crate::tensor::{Source, Tensor};
use crate::terminal;

/// Elements of a piece, where the device's buffers hold as many: 16 MiB of f32, beside which a submission costs little.
const PIECE: u64 = 1 << 22;

/// Computes and writes results of these inputs, which have one shape and type; all files, or none.
pub(super) fn run(
    inputs: Vec<(&'static str, Source)>,
    targets: &[Destination<&'static str>],
    gpu: &Gpu,
    compute: impl Fn(&[Named]) -> Result<Vec<Named>>,
) -> Result<Vec<Summary>> {
    let mut inputs = inputs;
    let (shape, order, storage) = (inputs[0].1.shape.clone(), inputs[0].1.order, inputs[0].1.storage);
    let mut files = Pieces::begin(targets, (&shape, order), storage)?;
    let elements = inputs[0].1.elements();
    // What is computed in f32 has buffers of it.
    let most = gpu.device().limits().max_buffer_size / size_of::<f32>() as u64;
    let piece = PIECE.min(most);
    let bar = progress(elements, piece)?;
    let mut summaries: Vec<Summary> = Vec::new();
    // One piece at least: of no elements, results have none.
    for start in (0..elements.max(1)).step_by(piece as usize) {
        let length = piece.min(elements - start);
        let tensors = inputs.iter_mut().map(|(name, source)| {
            let values = source.next(length as usize)?;
            Ok((*name, Tensor { shape: vec![length], order: Order::C, storage, values }))
        });
        let tensors = tensors.collect::<Result<Vec<Named>>>()?;
        let results = compute(&tensors)?;
        files.write(&results)?;
        let all = || tensors.iter().chain(&results);
        if summaries.is_empty() {
            summaries = all().map(|(name, _)| Summary::new(name, &shape)).collect();
        }
        for (summary, (_, tensor)) in summaries.iter_mut().zip(all()) {
            summary.add(&tensor.values);
        }
        bar.inc(length);
    }
    bar.finish_and_clear();
    inputs.iter().flat_map(|(_, source)| source.notes()).for_each(|note| terminal::note(&note));
    // Windows does not replace a file that is open.
    drop(inputs);
    files.place()?;
    Ok(summaries)
}

/// A bar, which indicatif shows on a terminal only; none where there is nothing to wait for.
fn progress(elements: u64, piece: u64) -> Result<ProgressBar> {
    if elements <= piece {
        return Ok(ProgressBar::hidden());
    }
    let bar = ProgressBar::new(elements);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed}, {eta} to go")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}
