//! Tensors in files: NumPy's `.npy`, and safetensors.

mod element;
mod npy;
mod place;
mod safetensors;
mod source;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use npyz::Order;
use wgpu_activations::Storage;

pub(crate) use element::{Wanted, encode};
pub(crate) use npy::{check_filled, write, write_header};
pub(crate) use place::Place;
pub(crate) use safetensors::{Archive, check_name};
pub(crate) use source::Source;

/// Values with a shape, in the order in which the file has them: elementwise functions need no other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<u64>,
    pub(crate) order: Order,
    /// How it lies in a file and on the device: f32, f16 or bf16. The values are numbers of this type.
    pub(crate) storage: Storage,
    pub(crate) values: Vec<f32>,
}

impl Tensor {
    /// The same shape, order and type with other values.
    pub(crate) fn with_values(&self, values: Vec<f32>) -> Self {
        Self { shape: self.shape.clone(), order: self.order, storage: self.storage, values }
    }

    /// A row of values, as frameworks keep weights: a single one is a row, too.
    pub(crate) fn row(values: Vec<f32>) -> Self {
        Self { shape: vec![values.len() as u64], order: Order::C, storage: Storage::F32, values }
    }

    pub(crate) fn shape_text(&self) -> String {
        shape_text(&self.shape)
    }

    /// The values in the other order of axes, if that is what `order` is.
    pub(crate) fn in_order(self, order: Order) -> Self {
        if order == self.order || self.shape.len() < 2 {
            return Self { order, ..self };
        }
        let values = transposed(&self.values, &self.shape, self.order);
        Self { order, values, ..self }
    }
}

/// `512 x 128`, or `scalar`.
pub(crate) fn shape_text(shape: &[u64]) -> String {
    if shape.is_empty() {
        return "scalar".to_owned();
    }
    shape.iter().map(u64::to_string).collect::<Vec<_>>().join(" x ")
}

/// Walks the destination in its own order and picks from the source by strides.
fn transposed<V: Copy>(values: &[V], shape: &[u64], from: Order) -> Vec<V> {
    // The axes from the fastest to the slowest one of the destination, each with its stride in the source.
    let strides = source_strides(shape, from);
    let mut axes: Vec<(u64, u64)> = shape.iter().copied().zip(strides).collect();
    if from == Order::Fortran {
        axes.reverse();
    }
    let mut index = vec![0; axes.len()];
    let mut offset = 0;
    let mut result = Vec::with_capacity(values.len());
    while result.len() < values.len() {
        result.push(values[offset as usize]);
        for (position, &(length, stride)) in index.iter_mut().zip(&axes) {
            *position += 1;
            offset += stride;
            if *position < length {
                break;
            }
            offset -= stride * length;
            *position = 0;
        }
    }
    result
}

fn source_strides(shape: &[u64], order: Order) -> Vec<u64> {
    let running = |product: &mut u64, length: &u64| {
        let stride = *product;
        *product *= length;
        Some(stride)
    };
    match order {
        Order::Fortran => shape.iter().scan(1, running).collect(),
        Order::C => {
            let mut strides: Vec<u64> = shape.iter().rev().scan(1, running).collect();
            strides.reverse();
            strides
        }
    }
}

/// A tensor from a file, and what of it the user should know.
pub(crate) struct Loaded {
    pub(crate) tensor: Tensor,
    pub(crate) notes: Vec<String>,
}

/// Reads tensors of f32, f16, bf16, or f64 (converted, with a note); or of integers, which become f32.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) wanted: Wanted,
    /// Bytes that a device's buffer may have: a whole tensor of more is refused before it is read.
    pub(crate) most: u64,
}

impl Reader {
    /// All of one that is open.
    pub(crate) fn read(&self, source: Source) -> Result<Loaded> {
        self.check_size(&source, source.elements())?;
        source.whole()
    }

    /// A tensor of any size with its values in this order of axes. It is read as a whole where the file has another.
    pub(crate) fn in_order(&self, source: Source, order: Order) -> Result<Source> {
        if source.order == order || source.shape.len() < 2 {
            return Ok(source);
        }
        self.check_size(&source, source.elements())?;
        source.in_order(order)
    }

    /// A tensor of any size, of which no value is read yet.
    pub(crate) fn open(&self, path: &Path) -> Result<Source> {
        let place = Place::new(path);
        let opened = match &place {
            Place::Npy(path) => npy::open(path, self.wanted, &place),
            Place::Safetensors { path, tensor } => {
                safetensors::open(path, tensor.as_deref(), self.wanted, &place)
            }
        };
        opened.with_context(|| format!("cannot read {place}"))
    }

    /// Whether so many of its elements fit on the device.
    pub(crate) fn check_size(&self, source: &Source, elements: u64) -> Result<()> {
        let Source { shape, storage, .. } = source;
        let bytes = elements.saturating_mul(storage.bytes());
        ensure!(
            bytes <= self.most,
            "cannot read {source}: its shape {shape:?} takes {bytes} bytes at once in {storage}, and a buffer of the device has at most {} (max_buffer_size): split it",
            self.most
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;

    pub(super) fn tensor(shape: &[u64], order: Order) -> Tensor {
        let elements: u64 = shape.iter().product();
        let values = (0..elements).map(|value| value as f32).collect();
        Tensor { shape: shape.to_vec(), order, storage: Storage::F32, values }
    }

    #[test]
    fn the_order_of_axes_can_be_changed() {
        let c = tensor(&[2, 3], Order::C);
        let fortran = c.clone().in_order(Order::Fortran);
        assert_eq!(fortran.values, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(fortran.in_order(Order::C), c);
        for shape in [&[2_u64, 3, 4, 5][..], &[1, 7, 1], &[3, 0, 2]] {
            let c = tensor(shape, Order::C);
            assert_eq!(c.clone().in_order(Order::Fortran).in_order(Order::C), c);
        }
    }
}
