//! A function of rows: softmax, softmin or log_softmax along one dimension.

use std::fmt;

use anyhow::{Context, Result, ensure};
use npyz::Order;
use wgpu_activations::{Axis, Element, Error, Softmax, SoftmaxKind};

use super::broadcast::dimension;
use super::{Arguments, Device, Files, Named, find};
use crate::tensor::Tensor;

pub(super) struct Rows {
    kind: SoftmaxKind,
    scale: f32,
    from_output: bool,
    /// The dimension of the rows, as the user counts.
    dim: i64,
}

impl Rows {
    /// If the name is one of these.
    pub(super) fn named(name: &str, arguments: &Arguments) -> Result<Option<Self>> {
        let Some((kind, sign)) = kind_of(name) else { return Ok(None) };
        let others =
            [!arguments.parameters.is_empty(), !arguments.weight.is_empty(), arguments.gate.is_some()];
        ensure!(!others.contains(&true), "{name} takes --dim and --scale, no --param, --weight or --gate");
        ensure!(arguments.second_output.is_none(), "{name} takes whole rows: it has no --second-output");
        let scale = sign * arguments.scale.unwrap_or(1.0);
        let dim = arguments.dim.unwrap_or(-1);
        Ok(Some(Self { kind, scale, from_output: arguments.from_output, dim }))
    }

    fn softmax(&self, tensor: &Tensor) -> Result<Softmax> {
        let dimension = dimension(self.dim, tensor).context("--dim")?;
        let axis = Axis::of(&tensor.shape, isize::try_from(dimension)?)?;
        Ok(Softmax::of(self.kind, axis).scaled(self.scale)?)
    }

    pub(super) fn inputs(&self, arguments: &Arguments, files: Files) -> Result<Vec<Named>> {
        let name = if self.from_output { "y" } else { "x" };
        let input = files.read(arguments.input()?)?.in_order(Order::C);
        self.softmax(&input)?;
        let dy = files.gradient(arguments, (name, &input), (name, &input))?;
        Ok([(name, input)].into_iter().chain(dy).collect())
    }

    pub(super) fn compute<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        match self.compute_in(device, arguments, inputs) {
            // Rows of 16 bits begin with a word on a device; in f32 any do, and results are rounded all the same.
            Err(error) if matches!(error.downcast_ref(), Some(Error::OddRows { .. })) => {
                self.compute_in(&Device::<f32>::new(device.gpu), arguments, inputs)
            }
            results => results,
        }
    }

    fn compute_in<T: Element>(
        &self,
        device: &Device<'_, T>,
        arguments: &Arguments,
        inputs: &[Named],
    ) -> Result<Vec<Named>> {
        let like = &inputs[0].1;
        let (gpu, softmax) = (device.gpu, self.softmax(like)?);
        let input = device.upload(like)?;
        let y = if self.from_output { input } else { gpu.softmax(softmax, &input)? };
        let mut results = Vec::new();
        if arguments.wants_forward() {
            results.push(("y", device.read(&y, like)?));
        }
        if let Some(dy) = find(inputs, "dy") {
            let dx = gpu.softmax_backward_from_output(softmax, &y, &device.upload(dy)?)?;
            results.push(("dx", device.read(&dx, like)?));
        }
        Ok(results)
    }
}

/// By name, whatever its case and underscores; and what the scale is multiplied by.
fn kind_of(name: &str) -> Option<(SoftmaxKind, f32)> {
    match name.trim().replace('_', "").to_lowercase().as_str() {
        "softmax" => Some((SoftmaxKind::Softmax, 1.0)),
        "softmin" => Some((SoftmaxKind::Softmax, -1.0)),
        "logsoftmax" => Some((SoftmaxKind::LogSoftmax, 1.0)),
        _ => None,
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, scale, dim, .. } = self;
        match scale {
            1.0 => write!(f, "{kind} along dimension {dim}"),
            scale => write!(f, "{kind} of {scale} * x along dimension {dim}"),
        }
    }
}
