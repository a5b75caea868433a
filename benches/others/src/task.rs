//! What is computed, and over what.

use std::fmt;

use measure::{FORMULA_CHANNELS, ROW_SHAPES};

/// Work that each library does.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// A function of a layer's output and its bias, times a gate.
    Gated(Function),
    /// Softmax along the middle one of outer, size and inner.
    Softmax([u64; 3]),
}

#[derive(Clone, Copy)]
pub(crate) enum Function {
    GeluErf,
    Relu,
}

/// Rows of a dense layer, of `FORMULA_CHANNELS` each.
const ROWS: u64 = 4096;

impl Task {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let gated = [Function::GeluErf, Function::Relu].map(Self::Gated);
        gated.into_iter().chain(ROW_SHAPES.map(Self::Softmax))
    }

    /// Without the dimensions of 1 at the end.
    pub(crate) fn shape(self) -> Vec<u64> {
        match self {
            Self::Gated(_) => vec![ROWS, FORMULA_CHANNELS],
            Self::Softmax([outer, size, 1]) => vec![outer, size],
            Self::Softmax(shape) => shape.to_vec(),
        }
    }

    pub(crate) fn elements(self) -> u64 {
        self.shape().iter().product()
    }
}

impl Function {
    /// As the library writes it.
    pub(crate) fn formula(self) -> &'static str {
        match self {
            Self::GeluErf => "gelu_erf(x + b[c]) * g",
            Self::Relu => "relu(x + b[c]) * g",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape: Vec<String> = self.shape().iter().map(u64::to_string).collect();
        let shape = shape.join(" x ");
        match self {
            Self::Gated(function) => write!(f, "`{}`, {shape}", function.formula()),
            Self::Softmax([.., 1]) => write!(f, "softmax, last axis of {shape}"),
            Self::Softmax(_) => write!(f, "softmax, middle axis of {shape}"),
        }
    }
}

/// What a task reads.
pub(crate) struct Inputs {
    pub(crate) x: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) gate: Vec<f32>,
}

impl Inputs {
    /// On both sides of every kink, but not so far from 0 that one library has no correct digits left to compare: GELU's tail.
    pub(crate) fn of(task: Task) -> Self {
        let elements = task.elements();
        Self {
            x: spread(elements, 8191, -2.0, 2.0),
            bias: spread(FORMULA_CHANNELS, 127, -0.5, 0.5),
            gate: spread(elements, 4093, 0.5, 1.5),
        }
    }
}

/// So many steps from one end to the other, over and over.
fn spread(elements: u64, period: u64, from: f32, to: f32) -> Vec<f32> {
    let step = (to - from) / (period - 1) as f32;
    (0..elements).map(|index| from + (index % period) as f32 * step).collect()
}
