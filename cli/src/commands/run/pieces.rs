//! Tensors of any size, row by row: in pieces, so that neither memory nor a buffer of the device holds one.

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

/// An input, to be read in pieces of whole rows.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) source: Source,
    /// Elements in a row.
    pub(super) row: u64,
}

/// All that is read, and what shape y has; gradients have that of the first input.
pub(super) struct Whole {
    /// As many rows of each.
    pub(super) parts: Vec<Part>,
    pub(super) y: Vec<u64>,
}

/// Elements of a piece, where the device's buffers hold as many: 16 MiB of f32, beside which a submission costs little.
const PIECE: u64 = 1 << 22;

/// Computes and writes results of these inputs, which have one type; all files, or none.
pub(super) fn run(
    whole: Whole,
    targets: &[Destination<&'static str>],
    gpu: &Gpu,
    compute: impl Fn(&[Named]) -> Result<Vec<Named>>,
) -> Result<Vec<Summary>> {
    let Whole { mut parts, y } = whole;
    let first = &parts[0];
    let (shape, order, storage) = (first.source.shape.clone(), first.source.order, first.source.storage);
    let of_result = |name: &str| if name == "y" { &y } else { &shape };
    let mut files = Pieces::begin(targets, of_result, order, storage)?;
    let rows = first.source.elements() / first.row.max(1);
    let row = parts.iter().map(|part| part.row).max().unwrap_or(1);
    // What is computed in f32 has buffers of it.
    let most = gpu.device().limits().max_buffer_size / size_of::<f32>() as u64;
    let piece = (PIECE.min(most) / row.max(1)).max(1);
    let bar = progress(rows, piece)?;
    let mut summaries: Vec<Summary> =
        parts.iter().map(|part| Summary::new(part.name, &part.source.shape)).collect();
    // One piece at least: of no elements, results have none.
    for start in (0..rows.max(1)).step_by(piece as usize) {
        let length = piece.min(rows - start);
        let tensors = parts.iter_mut().map(|Part { name, source, row }| {
            let values = source.next((length * *row) as usize)?;
            Ok((*name, Tensor { shape: vec![length, *row], order: Order::C, storage, values }))
        });
        let tensors = tensors.collect::<Result<Vec<Named>>>()?;
        let results = compute(&tensors)?;
        files.write(&results)?;
        if start == 0 {
            summaries.extend(results.iter().map(|(name, _)| Summary::new(name, of_result(name))));
        }
        for (summary, (_, tensor)) in summaries.iter_mut().zip(tensors.iter().chain(&results)) {
            summary.add(&tensor.values);
        }
        bar.inc(length);
    }
    bar.finish_and_clear();
    parts.iter().flat_map(|part| part.source.notes()).for_each(|note| terminal::note(&note));
    // Windows does not replace a file that is open.
    drop(parts);
    files.place()?;
    Ok(summaries)
}

/// A bar, which indicatif shows on a terminal only; none where there is nothing to wait for.
fn progress(rows: u64, piece: u64) -> Result<ProgressBar> {
    if rows <= piece {
        return Ok(ProgressBar::hidden());
    }
    let bar = ProgressBar::new(rows);
    bar.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed}, {eta} to go")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}
