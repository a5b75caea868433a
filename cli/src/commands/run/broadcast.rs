//! Which elements share a value of a learned parameter, by the shape of its file.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use npyz::Order;
use wgpu_activations::Channels;

use crate::tensor::{Tensor, shape_text};

/// Parameters over the dimensions of x: each of size 1 there, or of x's. NumPy's and ONNX's broadcasting, in one direction; a row of
/// values goes by channel, as PyTorch's PReLU has it.
pub(super) struct Broadcast {
    /// x's.
    shape: Vec<u64>,
    /// From the first dimension that any parameter has values for to the last one.
    dimensions: Range<usize>,
    /// The shape of each parameter, of as many dimensions as x has.
    parameters: Vec<Vec<u64>>,
}

impl Broadcast {
    pub(super) fn new(
        option: &str,
        x: &Tensor,
        weights: &[&Tensor],
        channel_dim: Option<i64>,
    ) -> Result<Self> {
        let parameters =
            weights.iter().map(|weight| along(option, weight, x, channel_dim)).collect::<Result<Vec<_>>>()?;
        let long = |dimension: &usize| parameters.iter().any(|sizes| sizes[*dimension] != 1);
        let first = (0..x.shape.len()).find(long);
        let last = (0..x.shape.len()).rfind(long);
        let dimensions = first.zip(last).map_or(0..0, |(first, last)| first..last + 1);
        Ok(Self { shape: x.shape.clone(), dimensions, parameters })
    }

    /// The tensor as the library sees it.
    pub(super) fn channels(&self) -> Channels {
        if self.dimensions.is_empty() {
            return Channels::ONE;
        }
        Channels::new(self.shape[self.dimensions.clone()].iter().product(), self.inner())
    }

    /// How many elements of x lie together that share their values.
    fn inner(&self) -> u64 {
        self.shape[self.dimensions.end..].iter().product()
    }

    /// A value for each channel.
    pub(super) fn expand(&self, parameter: usize, values: &[f32]) -> Vec<f32> {
        self.positions(parameter).into_iter().map(|position| values[position]).collect()
    }

    /// A value for each element of x.
    pub(super) fn spread(&self, parameter: usize, values: &[f32]) -> Vec<f32> {
        let (values, inner) = (self.expand(parameter, values), self.inner());
        let elements: u64 = self.shape.iter().product();
        (0..elements).map(|element| values[(element / inner) as usize % values.len()]).collect()
    }

    /// The gradient of a parameter from that of its channels.
    pub(super) fn reduce(&self, parameter: usize, gradient: &[f32]) -> Vec<f32> {
        self.sums(parameter, self.positions(parameter).into_iter(), gradient)
    }

    /// The gradient of a parameter from those of all elements of x.
    pub(super) fn gather(&self, parameter: usize, gradients: &[f32]) -> Vec<f32> {
        let (positions, inner) = (self.positions(parameter), self.inner() as usize);
        let of_elements = (0..gradients.len()).map(|element| positions[element / inner % positions.len()]);
        self.sums(parameter, of_elements, gradients)
    }

    fn sums(&self, parameter: usize, positions: impl Iterator<Item = usize>, terms: &[f32]) -> Vec<f32> {
        let mut sums = vec![0.0_f64; self.parameters[parameter].iter().product::<u64>() as usize];
        for (position, &term) in positions.zip(terms) {
            sums[position] += f64::from(term);
        }
        sums.into_iter().map(|sum| sum as f32).collect()
    }

    /// Where each channel finds its value.
    fn positions(&self, parameter: usize) -> Vec<usize> {
        let mut positions = vec![0];
        let sizes = &self.parameters[parameter];
        for dimension in self.dimensions.clone() {
            let (own, whole) = (sizes[dimension] as usize, self.shape[dimension] as usize);
            let step = |position: usize| {
                (0..whole).map(move |index| position * own + if own == 1 { 0 } else { index })
            };
            positions = positions.into_iter().flat_map(step).collect();
        }
        positions
    }
}

/// The size of a parameter along each dimension of x.
fn along(option: &str, weight: &Tensor, x: &Tensor, channel_dim: Option<i64>) -> Result<Vec<u64>> {
    let mut sizes = vec![1; x.shape.len()];
    if weight.values.len() == 1 {
        return Ok(sizes);
    }
    let count = weight.values.len();
    let named = channel_dim.map(|number| dimension(number, &x.shape)).transpose()?;
    if weight.shape.len() < 2 {
        // What has one dimension has no other.
        let usual = if x.shape.len() == 1 { 0 } else { 1 };
        let dimension = named.unwrap_or(usual);
        ensure!(
            !x.shape.is_empty(),
            "{option} holds {count} values, and x is a single one, without dimensions: give it one value, or x a shape"
        );
        let size = x.shape.get(dimension).copied().unwrap_or(0);
        let elsewhere = if option == "--weight" {
            "--channel-dim names another"
        } else {
            "give them a shape of ones and it"
        };
        ensure!(
            size == count as u64 && dimension < sizes.len(),
            "{option} holds {count} values, but dimension {dimension} of x ({}) has the size {size}: {elsewhere}",
            x.shape_text()
        );
        sizes[dimension] = size;
        return Ok(sizes);
    }
    let trailing = weight.shape.iter().rev().zip(sizes.iter_mut().rev());
    trailing.for_each(|(own, size)| *size = *own);
    let fits = sizes.iter().zip(&x.shape).all(|(own, whole)| *own == 1 || own == whole);
    let beyond = weight.shape.len().saturating_sub(x.shape.len());
    ensure!(
        fits && weight.shape[..beyond].iter().all(|size| *size == 1),
        "{option} of {} does not go along x ({}): dimension for dimension from the last one, sizes have to be 1 or the same",
        weight.shape_text(),
        x.shape_text()
    );
    let elsewhere =
        named.is_some_and(|named| sizes.iter().enumerate().any(|(at, size)| at != named && *size != 1));
    ensure!(
        !elsewhere,
        "{option} of {} says by its shape where it goes along x ({}), and --channel-dim says otherwise: leave it out, or give the values as a row",
        weight.shape_text(),
        x.shape_text()
    );
    Ok(sizes)
}

/// A dimension, counted from the end where it is negative.
pub(super) fn dimension(number: i64, shape: &[u64]) -> Result<usize> {
    let count = shape.len();
    let from_front = if number < 0 { number.saturating_add(count as i64) } else { number };
    let found = usize::try_from(from_front).ok().filter(|found| *found < count);
    found.with_context(|| format!("no such dimension as {number}: {} has {count}", shape_text(shape)))
}

/// The gradient of a parameter, in the shape of its file.
pub(super) fn like(weight: &Tensor, values: Vec<f32>) -> Tensor {
    Tensor { order: Order::C, storage: wgpu_activations::Storage::F32, values, shape: weight.shape.clone() }
}
