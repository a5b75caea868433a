//! The activations on the processor: where there is no adapter, and as what a GPU is compared with.
//!
//! Every activation in every direction, by the rules that hold on the GPU: NaN gives NaN, an infinity gives the limit, the
//! derivative at a kink is the one that the table states, a derivative of exactly 0 gives a gradient of 0 whatever `dy` is,
//! and nothing overflows on the way to a result that f32 holds. Subnormal numbers are kept.
//!
//! Arithmetic is f64, rounded to f32 once: every result is within 0.501 ULP of the exact one, beside the zeros of a
//! derivative as elsewhere. (Snake and its derivative by alpha up to |alpha x| = 2^20; beyond that, digits are lost one by
//! one and results stay finite. A gate that is 0 as an f32 is shut: see [`Cpu::gated_forward`].) It is vectorised for the
//! best instruction set that the processor turns out to have, and runs on all threads of rayon's pool. The bits of a result
//! depend on neither: nothing is fused or reassociated.
//!
//! ```
//! use wgpu_activations::{Activation, cpu::Cpu};
//! let x = [-1.0_f32, 0.0, 2.0];
//! let mut y = [0.0; 3];
//! Cpu::new().forward(Activation::RELU, &x, &mut y)?;
//! assert_eq!(y, [0.0, 0.0, 2.0]);
//! # Ok::<(), wgpu_activations::Error>(())
//! ```

pub(crate) mod functions;
mod gated;
mod loops;
mod math;
mod parameters;
mod pass;
#[cfg(all(test, feature = "verify"))]
mod tests;

use rayon::prelude::*;

use crate::Element;
use crate::error::Error;
use crate::operation::Direction;
use crate::table::Activation;
use loops::CPU_LOOPS;

pub(crate) use loops::Loops;
pub use parameters::Parameters;
use pass::Pass;

/// How many elements a thread takes at once: those of three operands fit into the second-level cache of most processors.
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

/// The processor. Slices hold `f32`, [`half::f16`] or [`half::bf16`], rounded to from the
/// same f32 result.
///
/// The operands of a call have one length, which may be 0; if not, it is [`Error::LengthMismatch`] and nothing is written.
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

    /// y = f(x). The parameters are an [`Activation`], or [`Parameters`] from elsewhere; so everywhere here.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; for [`Parameters`] from elsewhere also [`Error::WrongParameters`], [`Error::NotDivisible`],
    /// [`Error::NothingToDraw`].
    pub fn forward<'a, T: Element>(
        &self,
        parameters: impl Into<Parameters<'a>>,
        x: &[T],
        y: &mut [T],
    ) -> Result<(), Error> {
        same_length("y", y, x)?;
        let pass = checked(parameters, x, |loops| loops.forward)?;
        match self.threads {
            Threads::One => pass.forward(0, x, y),
            Threads::All => (x.par_chunks(CHUNK), y.par_chunks_mut(CHUNK))
                .into_par_iter()
                .enumerate()
                .for_each(|(chunk, (x, y))| pass.forward(chunk * CHUNK, x, y)),
        }
        Ok(())
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
        let pass = checked(parameters, x, |loops| loops.forward)?;
        match self.threads {
            Threads::One => pass.forward_in_place(0, x),
            Threads::All => x
                .par_chunks_mut(CHUNK)
                .enumerate()
                .for_each(|(chunk, x)| pass.forward_in_place(chunk * CHUNK, x)),
        }
        Ok(())
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
        self.run_backward(&checked(parameters, x, |loops| loops.backward)?, x, dy, dx)
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
        self.run_backward_in_place(&checked(parameters, x, |loops| loops.backward)?, x, dy)
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
        parameters.activation.check_from_output()?;
        self.run_backward(&checked(parameters, y, |loops| loops.from_output)?, y, dy, dx)
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
        parameters.activation.check_from_output()?;
        self.run_backward_in_place(&checked(parameters, y, |loops| loops.from_output)?, y, dy)
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
        self.run_backward(&by_parameter(parameters, index, x)?, x, dy, dw)
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
        let channels = parameters.channels().count() as usize;
        let pass = by_parameter(parameters, index, x)?;
        same_length("dy", dy, x)?;
        check_length("the gradient of the parameter", channels, dw.len())?;
        // However many channels there are, sums are fewer than elements.
        let size = CHUNK.max(4 * channels);
        let partial = |(chunk, (x, dy)): (usize, (&[T], &[T]))| {
            let mut sums = vec![0.0; channels];
            pass.sum(chunk * size, x, dy, &mut sums);
            sums
        };
        let partials: Vec<Vec<f64>> = match self.threads {
            Threads::One => x.chunks(size).zip(dy.chunks(size)).enumerate().map(partial).collect(),
            Threads::All => {
                (x.par_chunks(size), dy.par_chunks(size)).into_par_iter().enumerate().map(partial).collect()
            }
        };
        for (channel, dw) in dw.iter_mut().enumerate() {
            *dw = partials.iter().map(|sums| sums[channel]).sum::<f64>() as f32;
        }
        Ok(())
    }

    fn run_backward<T: Element>(
        &self,
        pass: &Pass<'_, loops::Backward>,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        same_length("dy", dy, x)?;
        same_length("the output", dx, x)?;
        match self.threads {
            Threads::One => pass.backward(0, x, dy, dx),
            Threads::All => (x.par_chunks(CHUNK), dy.par_chunks(CHUNK), dx.par_chunks_mut(CHUNK))
                .into_par_iter()
                .enumerate()
                .for_each(|(chunk, (x, dy, dx))| pass.backward(chunk * CHUNK, x, dy, dx)),
        }
        Ok(())
    }

    fn run_backward_in_place<T: Element>(
        &self,
        pass: &Pass<'_, loops::Backward>,
        x: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        same_length("dy", dy, x)?;
        match self.threads {
            Threads::One => pass.backward_in_place(0, x, dy),
            Threads::All => (x.par_chunks(CHUNK), dy.par_chunks_mut(CHUNK))
                .into_par_iter()
                .enumerate()
                .for_each(|(chunk, (x, dy))| pass.backward_in_place(chunk * CHUNK, x, dy)),
        }
        Ok(())
    }
}

/// A loop of this activation, with parameters that a tensor like x can have.
fn checked<'a, T, Loop>(
    parameters: impl Into<Parameters<'a>>,
    x: &[T],
    choose: impl Fn(&Loops) -> Loop,
) -> Result<Pass<'a, Loop>, Error> {
    let parameters = parameters.into();
    parameters.check(x.len())?;
    Ok(Pass::new(parameters, choose))
}

fn by_parameter<'a, T>(
    parameters: impl Into<Parameters<'a>>,
    index: usize,
    x: &[T],
) -> Result<Pass<'a, loops::Backward>, Error> {
    let parameters = parameters.into();
    crate::operation::Operation::new(parameters.activation.kind(), Direction::BackwardParameter(index))
        .check()?;
    checked(parameters, x, |loops| loops.by_parameter[index])
}

fn same_length<T>(operand: &'static str, slice: &[T], first: &[T]) -> Result<(), Error> {
    check_length(operand, first.len(), slice.len())
}

fn check_length(operand: &'static str, expected: usize, actual: usize) -> Result<(), Error> {
    Error::check_length(operand, expected as u64, actual as u64)
}

/// The loops of this activation's function.
fn loops_of(activation: &Activation) -> &'static Loops {
    &CPU_LOOPS[activation.kind() as usize]
}
