//! Softmax and its logarithm, forward and backward, over rows that are made to hurt.

use rayon::prelude::*;

use crate::error::Error;
use crate::operation::{Axis, Direction, Softmax, SoftmaxKind};
use crate::storage::{Element, Storage};
use crate::verify::backend::Backend;
use crate::verify::inputs::{Random, rounded};
use crate::verify::subject::{Subject, check_complete};
use crate::verify::ulp::Format;

/// On a device in f32, in ULP of a result forward, and of the size of a gradient's terms. WGSL's division takes 2.5 of them.
const F32_ULP: f64 = 4.0;

/// On a device in 16 bits.
const SHORT_ULP: f64 = 0.52;

/// Something that computes functions of rows, too.
pub trait SoftmaxSubject: Subject {
    /// The results of one direction, over elements of this type. Values travel as f32, as in [`Subject::compute`].
    ///
    /// # Errors
    /// The subject's own.
    fn compute_softmax<T: Element>(
        &self,
        softmax: Softmax,
        inputs: SoftmaxInputs<'_>,
    ) -> impl Future<Output = Result<Vec<f32>, Error>>;
}

/// What a direction reads.
#[derive(Debug, Clone, Copy)]
pub enum SoftmaxInputs<'a> {
    /// Forward.
    X(&'a [f32]),
    /// Backward from the output: y and dy.
    Gradient(&'a [f32], &'a [f32]),
}

/// One direction along one axis of one tensor.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SoftmaxCheck {
    /// softmax or log_softmax
    pub function: &'static str,
    /// forward or backward_from_output
    pub direction: &'static str,
    /// How the elements lay in memory.
    pub storage: Storage,
    /// The tensor's shape: outer, size of the axis, inner.
    pub shape: [u64; 3],
    /// What elements were multiplied by.
    pub scale: f32,
    /// The largest error: in ULP of the exact result, or of the size of a gradient's terms.
    pub max_ulp: f64,
    /// What is allowed.
    pub budget: f64,
    /// The row, and the element of it, where the error is largest.
    pub worst: [u64; 2],
    /// What came out there.
    pub worst_got: f32,
    /// What should have.
    pub worst_exact: f64,
    /// Whether it is within its budget.
    pub pass: bool,
}

impl std::fmt::Display for SoftmaxCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { function, direction, storage, shape, scale, max_ulp, budget, worst, .. } = self;
        write!(
            f,
            "{function} {direction} in {storage} of {shape:?} times {scale}: {max_ulp:.3} ULP of {budget}"
        )?;
        write!(f, ", worst in row {}, element {}: ", worst[0], worst[1])?;
        write!(f, "{:e} for {:e}", self.worst_got, self.worst_exact)
    }
}

/// Shapes (outer, size, inner): rows shorter and longer than a workgroup's lanes take at once, of every alignment.
const SHAPES: [[u64; 3]; 10] = [
    [40, 1, 1],
    [40, 2, 1],
    [40, 63, 1],
    [40, 64, 1],
    [40, 66, 1],
    [40, 1000, 1],
    [6, 32001, 1],
    [3, 100, 49],
    [3, 65, 64],
    [1, 1 << 22, 1],
];

/// Checks softmax, or its logarithm, or both, on an adapter, or on the CPU, in both directions and along several axes: rows of large spread, of equal
/// and of ascending elements, with one that outweighs all, with masked ones, infinities and NaN.
///
/// # Errors
/// Those of the subject.
pub async fn softmax(
    subject: &impl SoftmaxSubject,
    kinds: &[SoftmaxKind],
    storage: Storage,
) -> Result<Vec<SoftmaxCheck>, Error> {
    let backend = Backend::of(&subject.adapter(), None);
    let mut checks = Vec::new();
    for shape in SHAPES.into_iter().filter(|shape| fits(*shape, storage)) {
        for kind in kinds {
            // One scale is enough for a row of millions.
            for scale in [1.0, 0.125, -1.7].into_iter().take(if shape[1] > 1 << 20 { 1 } else { 3 }) {
                let softmax = Softmax::of(*kind, Axis::new(shape[1], shape[2])).scaled(scale)?;
                let tensor = Tensor { softmax, storage, shape, backend };
                checks.extend(tensor.check(subject).await?);
            }
        }
    }
    Ok(checks)
}

/// Rows of 16 bits begin with a word.
fn fits([_, size, inner]: [u64; 3], storage: Storage) -> bool {
    storage == Storage::F32 || if inner == 1 { size.is_multiple_of(2) } else { inner.is_multiple_of(2) }
}

struct Tensor {
    softmax: Softmax,
    storage: Storage,
    shape: [u64; 3],
    backend: Backend,
}

/// A result as it should be, and the error that is one ULP there.
struct Expected {
    exact: f64,
    ulp: f64,
    /// What an adapter may flush.
    flushed: f64,
}

impl Tensor {
    async fn check(&self, subject: &impl SoftmaxSubject) -> Result<[SoftmaxCheck; 2], Error> {
        let x = self.tensor(|row| row_of_inputs(row, self.shape[1]));
        let got = self.compute(subject, SoftmaxInputs::X(&x)).await?;
        let forward = self.judge(Direction::Forward, &got, |row| self.forward(&self.row(&x, row)));
        // The derivative of the results as they came out: exact ones are no numbers of the storage.
        let dy = self.tensor(|row| gradients(row, self.shape[1]));
        let gradient = self.compute(subject, SoftmaxInputs::Gradient(&got, &dy)).await?;
        let backward = self.judge(Direction::BackwardFromOutput, &gradient, |row| {
            self.backward(&self.row(&got, row), &self.row(&dy, row))
        });
        Ok([forward, backward])
    }

    async fn compute(
        &self,
        subject: &impl SoftmaxSubject,
        inputs: SoftmaxInputs<'_>,
    ) -> Result<Vec<f32>, Error> {
        let results = match self.storage {
            Storage::F32 => subject.compute_softmax::<f32>(self.softmax, inputs).await?,
            Storage::F16 => subject.compute_softmax::<half::f16>(self.softmax, inputs).await?,
            Storage::Bf16 => subject.compute_softmax::<half::bf16>(self.softmax, inputs).await?,
        };
        check_complete(&results, self.elements())?;
        Ok(results)
    }

    fn elements(&self) -> usize {
        self.shape.iter().product::<u64>() as usize
    }

    fn rows(&self) -> u64 {
        self.shape[0] * self.shape[2]
    }

    /// The place of an element of a row.
    fn place(&self, row: u64, element: u64) -> usize {
        let [_, size, inner] = self.shape;
        (row / inner * size * inner + element * inner + row % inner) as usize
    }

    fn tensor(&self, of_row: impl Fn(u64) -> Vec<f32>) -> Vec<f32> {
        let mut values = vec![0.0; self.elements()];
        for row in 0..self.rows() {
            for (element, value) in (0..).zip(of_row(row)) {
                values[self.place(row, element)] = rounded(self.storage, value);
            }
        }
        values
    }

    /// The elements of a row of a tensor.
    fn row(&self, tensor: &[f32], row: u64) -> Vec<f64> {
        (0..self.shape[1]).map(|element| tensor[self.place(row, element)].into()).collect()
    }

    fn forward(&self, x: &[f64]) -> Vec<Expected> {
        let format = self.backend.format(self.storage);
        let expected = |exact: f64| Expected { exact, ulp: format.ulp(exact), flushed: format.flushed() };
        self.softmax.exact(x).into_iter().map(expected).collect()
    }

    fn backward(&self, y: &[f64], dy: &[f64]) -> Vec<Expected> {
        let format = self.backend.format(self.storage);
        let scale = f64::from(self.softmax.scale()).abs();
        let largest = dy.iter().fold(1.0, |largest: f64, dy| largest.max(dy.abs()));
        let gradients = self.softmax.exact_backward(y, dy).into_iter();
        // Of y that is flushed, and of products with it.
        let flushed = format.flushed() * scale.max(1.0) * largest * (1.0 + y.len() as f64);
        gradients.map(|it| Expected { exact: it.value, ulp: format.ulp(it.size), flushed }).collect()
    }

    fn judge(
        &self,
        direction: Direction,
        got: &[f32],
        expected: impl Fn(u64) -> Vec<Expected> + Send + Sync,
    ) -> SoftmaxCheck {
        let mut check = SoftmaxCheck {
            function: self.softmax.kind().name(),
            direction: if direction == Direction::Forward { "forward" } else { "backward_from_output" },
            storage: self.storage,
            shape: self.shape,
            scale: self.softmax.scale(),
            max_ulp: 0.0,
            budget: match (self.backend, self.storage) {
                (Backend::Cpu, _) => Backend::CPU_ULP,
                (_, Storage::F32) => F32_ULP,
                _ => SHORT_ULP,
            },
            worst: [0; 2],
            worst_got: 0.0,
            worst_exact: 0.0,
            pass: true,
        };
        let expected: Vec<_> = (0..self.rows()).into_par_iter().map(expected).collect();
        for (row, expected) in (0..).zip(expected) {
            for (element, expected) in (0..).zip(expected) {
                check.add([row, element], got[self.place(row, element)], &expected);
            }
        }
        check.pass = check.max_ulp <= check.budget;
        check
    }
}

impl SoftmaxCheck {
    fn add(&mut self, place: [u64; 2], got: f32, expected: &Expected) {
        let exact = expected.exact;
        let error = Format::of(self.storage).absolute_error(got, exact);
        let ulp = if error <= expected.flushed { 0.0 } else { error / expected.ulp };
        if ulp > self.max_ulp || ulp.is_nan() {
            self.max_ulp = if ulp.is_nan() { f64::INFINITY } else { ulp };
            (self.worst, self.worst_got, self.worst_exact) = (place, got, exact);
        }
    }
}

/// Kinds of rows, in turns; in f32, some hold what is not finite.
fn row_of_inputs(row: u64, size: u64) -> Vec<f32> {
    let mut random = Random::new(row + 1);
    let mut normal = || 8.0 * random.unit() - 4.0;
    let of = |element: u64| {
        let part = element as f32 / size as f32;
        match row % 14 {
            2 => 1e4 * normal(),
            3 => 1.25,
            // One outweighs all others: what is beside 1 has 2^-23 and less.
            4 if element == size / 2 => 40.0 + normal(),
            5 if element.is_multiple_of(2) => 30.3,
            5 => -30.7,
            6 => 3.0 * part,
            // Results down to the subnormal ones.
            7 => -110.0 * part,
            8 if element.is_multiple_of(3) => f32::NEG_INFINITY,
            9 => f32::NEG_INFINITY,
            10 => 3e38 * (2.0 * part - 1.0),
            11 if element == size / 3 => f32::INFINITY,
            12 if element == size / 3 => f32::NAN,
            13 => 1e-30 * normal(),
            _ => normal(),
        }
    };
    (0..size).map(of).collect()
}

fn gradients(row: u64, size: u64) -> Vec<f32> {
    let mut random = Random::new(row + 1000);
    let mut gradient = || 4.0 * random.unit() - 2.0;
    let of = |element: u64| match row % 5 {
        // All but one of the terms cancel in the largest results.
        2 => 1.0,
        3 if element == 0 => 1.0,
        3 => 0.0,
        4 => 100.0 * gradient(),
        _ => gradient(),
    };
    (0..size).map(of).collect()
}
