//! Activations and formulas on the CPU: where there is no adapter, and as what a GPU is compared with.
//!
//! Every activation in every direction, by the rules that hold on the GPU: NaN gives NaN, an infinity gives the limit, the
//! derivative at a kink is the one that the table states, a derivative of exactly 0 gives a gradient of 0 whatever `dy` is,
//! and nothing overflows on the way to a result that f32 holds. Subnormal numbers are kept.
//!
//! Arithmetic is f64, rounded to f32 once: every result is within 0.501 ULP of the exact one, beside the zeros of a
//! derivative as elsewhere. (Snake and its derivative by alpha up to |alpha x| = 1e6, sin and cos up to 1e8; beyond that, digits are lost
//! one by one and results stay finite. A gate that is 0 as an f32 is shut: see [`Cpu::gated_forward`].) It is vectorised for the
//! best instruction set that the CPU turns out to have, and runs on all threads of rayon's pool. The bits of a result
//! depend on neither: nothing is fused or reassociated.
//!
//! [`Cpu::formula`] computes formulas, and the gradients that they make; [`Cpu::softmax`] and [`Cpu::cross_entropy`] compute along rows.
//!
//! ```
//! use wgpu_activations::{Activation, cpu::Cpu};
//! let x = [-1.0_f32, 0.0, 2.0];
//! let mut y = [0.0; 3];
//! Cpu::new().forward(Activation::RELU, &x, &mut y)?;
//! assert_eq!(y, [0.0, 0.0, 2.0]);
//! # Ok::<(), wgpu_activations::Error>(())
//! ```

mod cross_entropy;
mod formula;
mod functions;
mod gated;
mod loops;
mod math;
mod operands;
mod parameters;
mod pass;
mod rows;
mod runs;
mod scalar;
mod softmax;
mod steps;
mod sums;
#[cfg(all(test, feature = "verify"))]
mod tests;

use crate::Element;
use crate::error::Error;
use crate::operand::Pair;
pub use formula::{Operand, Slice};
use loops::Loop;
use operands::{Input, Output};
pub use parameters::Parameters;
use pass::Pass;

/// How many elements a thread takes at once: those of three operands fit into the second-level cache of most CPUs.
/// A benchmark splits its copy likewise.
pub const CHUNK: usize = 1 << 15;

/// How many threads compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Threads {
    /// The calling one.
    One,
    /// All of rayon's current pool: the global one, unless this is called inside another one's `install`. On `wasm32` rayon
    /// has the calling one only.
    #[default]
    All,
}

/// The CPU. Slices hold `f32`, [`half::f16`] or [`half::bf16`], rounded to from the
/// same f32 result.
///
/// The operands of a call have one length, which may be 0; if not, it is [`Error::LengthMismatch`] and nothing is written.
///
/// ```
/// use wgpu_activations::{Activation, cpu::Cpu};
/// let mut y = [0.0; 3];
/// Cpu::new().forward(Activation::RELU, &[-1.0_f32, 0.5, f32::INFINITY], &mut y)?;
/// assert_eq!(y, [0.0, 0.5, f32::INFINITY]);
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cpu {
    threads: Threads,
}

impl Cpu {
    /// All threads.
    #[must_use]
    pub const fn new() -> Self {
        Self { threads: Threads::All }
    }

    /// This many threads.
    #[must_use]
    pub const fn with_threads(threads: Threads) -> Self {
        Self { threads }
    }

    /// y = f(x). The parameters are an [`Activation`](crate::Activation), or [`Parameters`] from elsewhere; so everywhere here.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::TakesPairs`] for a gate; for [`Parameters`] from elsewhere also
    /// [`Error::WrongParameters`], [`Error::NotDivisible`], [`Error::NothingToDraw`].
    pub fn forward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &[T],
        y: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_one_input()?.1.forward;
        self.compute(run, parameters, [Some(Input::new("x", x))], Output::new("y", y))
    }

    /// x becomes f(x).
    ///
    /// # Errors
    /// As [`Cpu::forward`].
    pub fn forward_in_place<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_one_input()?.1.forward;
        self.compute(run, parameters, [None], Output::new("x", x))
    }

    /// dx = f'(x) dy
    ///
    /// # Errors
    /// As [`Cpu::forward`].
    pub fn backward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_one_input()?.1.backward;
        self.compute(run, parameters, inputs("x", x, dy), Output::new("the output", dx))
    }

    /// dy becomes f'(x) dy.
    ///
    /// # Errors
    /// As [`Cpu::forward`].
    pub fn backward_in_place<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_one_input()?.1.backward;
        self.compute(run, parameters, [Some(Input::new("x", x)), None], Output::new("dy", dy))
    }

    /// dx = f'(f⁻¹(y)) dy
    ///
    /// # Errors
    /// [`Error::NoBackwardFromOutput`] if the derivative is not a function of y; else as [`Cpu::forward`].
    pub fn backward_from_output<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        y: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = from_output(&parameters)?;
        self.compute(run, parameters, inputs("y", y, dy), Output::new("the output", dx))
    }

    /// dy becomes f'(f⁻¹(y)) dy.
    ///
    /// # Errors
    /// As [`Cpu::backward_from_output`].
    pub fn backward_from_output_in_place<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        y: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = from_output(&parameters)?;
        self.compute(run, parameters, [Some(Input::new("y", y)), None], Output::new("dy", dy))
    }

    /// dx = f''(x) dy, f''(x) being what the row states: 0 where the function is straight between kinks.
    ///
    /// # Errors
    /// As [`Cpu::forward`].
    pub fn second<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_one_input()?.1.second;
        self.compute(run, parameters, inputs("x", x, dy), Output::new("the output", dx))
    }

    /// dy becomes f''(x) dy.
    ///
    /// # Errors
    /// As [`Cpu::forward`].
    pub fn second_in_place<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_one_input()?.1.second;
        self.compute(run, parameters, [Some(Input::new("x", x)), None], Output::new("dy", dy))
    }

    /// ∂²f/∂x∂w(x) dy for each element, w being the learnable parameter of this position in
    /// [`Kind::learnable`](crate::Kind::learnable).
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is none of that position; else as [`Cpu::forward`].
    pub fn second_parameter<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        x: &[T],
        dy: &[T],
        result: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.learnable(index, &parameters.of_one_input()?.1.mixed)?;
        self.compute(run, parameters, inputs("x", x, dy), Output::new("the output", result))
    }

    /// dw = ∂f/∂w(x) dy for each element, w being the learnable parameter of this position in
    /// [`Kind::learnable`](crate::Kind::learnable).
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is none of that position; else as [`Cpu::forward`].
    pub fn backward_parameter<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        x: &[T],
        dy: &[T],
        dw: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.learnable(index, &parameters.of_one_input()?.1.by_parameter)?;
        self.compute(run, parameters, inputs("x", x, dy), Output::new("the output", dw))
    }

    /// dw = Σ ∂f/∂w(x) dy for the learnable parameter of this position: one f32 for each channel, a single one where the parameters are
    /// not [`Parameters::learned`].
    ///
    /// Terms are f32 and sums f64, in an order that depends on the lengths alone: the error is at most 2^-23 of the sum of the terms'
    /// magnitudes.
    ///
    /// # Errors
    /// As [`Cpu::backward_parameter`].
    pub fn parameter_gradient<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        x: &[T],
        dy: &[T],
        dw: &mut [f32],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.learnable(index, &parameters.of_one_input()?.1.by_parameter)?;
        Pass::new(run, parameters, inputs("x", x, dy), x.len())?.sum(self.threads, dw)
    }

    /// y = value · act(gate), or another gated function. The parameters are a [`Gate`](crate::Gate), or those of its activation as in
    /// [`Cpu::forward`].
    ///
    /// Where act(gate) or its derivative is 0 as an f32, below 2^-150, the product is 0, as it is on a GPU, be the value infinite or large.
    ///
    /// # Errors
    /// [`Error::OddSplit`] and [`Error::NotDivisible`] where a packed operand does not hold whole rows of values and gates; else as
    /// [`Cpu::forward`].
    pub fn gated_forward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        operands: Pair<&[T]>,
        y: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_pairs().forward;
        self.compute(run, parameters, Input::of_pair(operands)?.map(Some), Output::new("y", y))
    }

    /// d_value and d_gate, in another arrangement than the inputs if you like; but where both are halves, of the same dimension.
    ///
    /// # Errors
    /// As [`Cpu::gated_forward`].
    pub fn gated_backward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        operands: Pair<&[T]>,
        dy: &[T],
        gradients: Pair<&mut [T]>,
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.of_pairs().backward;
        self.compute(run, parameters, gated_inputs(operands, dy)?, Output::of_pair(gradients)?)
    }

    /// dw = value · ∂act/∂w(gate) dy for each element, w being the activation's learnable parameter of this position.
    ///
    /// # Errors
    /// [`Error::NotLearnable`] if there is none of that position; else as [`Cpu::gated_forward`].
    pub fn gated_backward_parameter<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        operands: Pair<&[T]>,
        dy: &[T],
        dw: &mut [T],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.learnable(index, &parameters.of_pairs().by_parameter)?;
        self.compute(run, parameters, gated_inputs(operands, dy)?, Output::new("the output", dw))
    }

    /// dw = Σ value · ∂act/∂w(gate) dy, summed as [`Cpu::parameter_gradient`] sums.
    ///
    /// # Errors
    /// As [`Cpu::gated_backward_parameter`].
    pub fn gated_parameter_gradient<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        index: usize,
        operands: Pair<&[T]>,
        dy: &[T],
        dw: &mut [f32],
    ) -> Result<(), Error> {
        let parameters = parameters.into();
        let run = parameters.learnable(index, &parameters.of_pairs().by_parameter)?;
        Pass::new(run, parameters, gated_inputs(operands, dy)?, dy.len())?.sum(self.threads, dw)
    }

    fn compute<T: Element, const N: usize, const M: usize>(
        &self,
        run: Loop<N, M>,
        parameters: Parameters<'_>,
        inputs: [Option<Input<'_, T>>; N],
        output: Output<'_, T, M>,
    ) -> Result<(), Error> {
        Pass::new(run, parameters, inputs, output.elements())?.compute(self.threads, output)
    }
}

/// The loop of the backward from the output, where the parameters have one.
fn from_output(parameters: &Parameters<'_>) -> Result<Loop<2, 1>, Error> {
    let (activation, loops) = parameters.of_one_input()?;
    activation.check_from_output()?;
    // Without one the check has failed.
    Ok(loops.from_output.unwrap_or(loops.backward))
}

fn inputs<'a, T: Element>(name: &'static str, x: &'a [T], dy: &'a [T]) -> [Option<Input<'a, T>>; 2] {
    [Input::new(name, x), Input::new("dy", dy)].map(Some)
}

fn gated_inputs<'a, T: Element>(
    operands: Pair<&'a [T]>,
    dy: &'a [T],
) -> Result<[Option<Input<'a, T>>; 3], Error> {
    let [value, gate] = Input::of_pair(operands)?;
    Ok([value, gate, Input::new("dy", dy)].map(Some))
}
