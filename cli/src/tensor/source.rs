//! A tensor that is read in pieces.

use std::fmt;
use std::io::Read;

use anyhow::{Context, Result};
use npyz::Order;
use wgpu_activations::Storage;

use super::element::Element;
use super::{Loaded, Place, Tensor, transposed};

/// A tensor in a file: what its header says, and its values, of which a part may have been read.
pub(crate) struct Source {
    pub(crate) shape: Vec<u64>,
    pub(crate) order: Order,
    /// How its values lie on the device.
    pub(crate) storage: Storage,
    element: Element,
    /// As the user wrote it.
    name: String,
    values: Values,
    /// How many of those that were read are beyond f32.
    beyond: usize,
}

enum Values {
    File(Box<dyn Read>),
    Memory(std::vec::IntoIter<f32>),
}

impl Source {
    /// A tensor with this shape; the reader stands at its first element, and has been seen to hold all.
    pub(super) fn new(
        (shape, order): (Vec<u64>, Order),
        element: Element,
        file: Box<dyn Read>,
        place: &Place,
    ) -> Self {
        let (storage, values) = (element.storage(), Values::File(file));
        Self { shape, order, storage, element, name: place.to_string(), values, beyond: 0 }
    }

    /// As many as the shape says. No more than a file has bytes, which was checked.
    pub(crate) fn elements(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Whether the user said what its elements are, and not the file.
    pub(crate) fn is_untyped(&self) -> bool {
        self.element.untyped
    }

    /// The next values, in the order in which the file has them.
    pub(crate) fn next(&mut self, elements: usize) -> Result<Vec<f32>> {
        if let Values::Memory(values) = &mut self.values {
            return Ok(values.take(elements).collect());
        }
        let bytes = self.bytes(elements)?;
        let values = self.element.decode(&bytes);
        self.beyond += self.element.beyond(&bytes, &values);
        Ok(values)
    }

    /// The next elements as the file has them; what is in memory has none.
    fn bytes(&mut self, elements: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; elements * self.element.size() as usize];
        if let Values::File(file) = &mut self.values {
            file.read_exact(&mut bytes).with_context(|| format!("cannot read {}", self.name))?;
        }
        Ok(bytes)
    }

    /// All of it where it holds integers, none of them rounded, in C's order.
    pub(crate) fn integers(mut self) -> Result<Vec<i128>> {
        let bytes = self.bytes(self.elements() as usize)?;
        let values = self.element.integers(&bytes);
        Ok(if self.order == Order::C { values } else { transposed(&values, &self.shape, self.order) })
    }

    /// What the user should know of the values that were read.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.element.notes(&self.name, self.beyond)
    }

    /// All of it.
    pub(crate) fn whole(mut self) -> Result<Loaded> {
        let values = self.next(self.elements() as usize)?;
        let notes = self.notes();
        Ok(Loaded {
            tensor: Tensor { shape: self.shape, order: self.order, storage: self.storage, values },
            notes,
        })
    }

    /// With its values in the other order of axes, of which none is known before the last is read.
    pub(super) fn in_order(mut self, order: Order) -> Result<Self> {
        let values = self.next(self.elements() as usize)?;
        let (shape, storage) = (self.shape.clone(), self.storage);
        let tensor = Tensor { shape, order: self.order, storage, values }.in_order(order);
        Ok(Self { order, values: Values::Memory(tensor.values.into_iter()), ..self })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
