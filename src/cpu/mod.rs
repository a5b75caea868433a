//! The activations on the processor: where there is no adapter, and as what a GPU is compared with.
//!
//! Every activation in every direction, by the rules that hold on the GPU: NaN gives NaN, an infinity gives the limit, the
//! derivative at a kink is the one that the table states, a derivative of exactly 0 gives a gradient of 0 whatever `dy` is,
//! and nothing overflows on the way to a result that f32 holds. Subnormal numbers are kept.
//!
//! Arithmetic is f64, rounded to f32 once: every result is within 0.501 ULP of the exact one, beside the zeros of a
//! derivative as elsewhere. (Snake and its derivative by alpha up to |alpha x| = 2^20; beyond that, digits are lost one by
//! one and results stay finite.) It is vectorised for the best instruction set that the processor turns out to have, and
//! runs on all threads of rayon's pool. The bits of a result depend on neither: nothing is fused or reassociated.
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
mod loops;
mod math;
mod pass;
#[cfg(all(test, feature = "verify"))]
mod tests;

use rayon::prelude::*;

use crate::Element;
use crate::activation::Activation;
use crate::error::Error;
use crate::table::CPU_LOOPS;

pub(crate) use loops::Loops;
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

    /// y = f(x)
    ///
    /// # Errors
    /// [`Error::LengthMismatch`].
    pub fn forward<T: Element>(&self, activation: Activation, x: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("y", y, x)?;
        let pass = Pass::new(&activation, |loops| loops.forward);
        match self.threads {
            Threads::One => pass.forward(x, y),
            Threads::All => {
                x.par_chunks(CHUNK).zip(y.par_chunks_mut(CHUNK)).for_each(|(x, y)| pass.forward(x, y));
            }
        }
        Ok(())
    }

    /// x becomes f(x).
    pub fn forward_in_place<T: Element>(&self, activation: Activation, x: &mut [T]) {
        let pass = Pass::new(&activation, |loops| loops.forward);
        match self.threads {
            Threads::One => pass.forward_in_place(x),
            Threads::All => x.par_chunks_mut(CHUNK).for_each(|x| pass.forward_in_place(x)),
        }
    }

    /// dx = f'(x) dy
    ///
    /// # Errors
    /// [`Error::LengthMismatch`].
    pub fn backward<T: Element>(
        &self,
        activation: Activation,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        self.run_backward(Pass::new(&activation, |loops| loops.backward), x, dy, dx)
    }

    /// dy becomes f'(x) dy.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`].
    pub fn backward_in_place<T: Element>(
        &self,
        activation: Activation,
        x: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        self.run_backward_in_place(Pass::new(&activation, |loops| loops.backward), x, dy)
    }

    /// dx = f'(f⁻¹(y)) dy
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::NoBackwardFromOutput`] if the derivative is not a function of y.
    pub fn backward_from_output<T: Element>(
        &self,
        activation: Activation,
        y: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        activation.check_from_output()?;
        self.run_backward(Pass::new(&activation, |loops| loops.from_output), y, dy, dx)
    }

    /// dy becomes f'(f⁻¹(y)) dy.
    ///
    /// # Errors
    /// As [`Cpu::backward_from_output`].
    pub fn backward_from_output_in_place<T: Element>(
        &self,
        activation: Activation,
        y: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        activation.check_from_output()?;
        self.run_backward_in_place(Pass::new(&activation, |loops| loops.from_output), y, dy)
    }

    /// dw = ∂f/∂w(x) dy for each element, w being the learnable parameter of this position in
    /// [`Kind::learnable`](crate::Kind::learnable). Their sum is the parameter's gradient.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::NotLearnable`] if there is none of that position.
    pub fn backward_parameter<T: Element>(
        &self,
        activation: Activation,
        index: usize,
        x: &[T],
        dy: &[T],
        dw: &mut [T],
    ) -> Result<(), Error> {
        let kind = activation.kind();
        if index >= kind.learnable().len() {
            return Err(Error::NotLearnable { activation: kind.name(), index });
        }
        self.run_backward(Pass::new(&activation, |loops| loops.by_parameter[index]), x, dy, dw)
    }

    fn run_backward<T: Element>(
        &self,
        pass: Pass<loops::Backward>,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        same_length("dy", dy, x)?;
        same_length("the output", dx, x)?;
        match self.threads {
            Threads::One => pass.backward(x, dy, dx),
            Threads::All => (x.par_chunks(CHUNK), dy.par_chunks(CHUNK), dx.par_chunks_mut(CHUNK))
                .into_par_iter()
                .for_each(|(x, dy, dx)| pass.backward(x, dy, dx)),
        }
        Ok(())
    }

    fn run_backward_in_place<T: Element>(
        &self,
        pass: Pass<loops::Backward>,
        x: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        same_length("dy", dy, x)?;
        match self.threads {
            Threads::One => pass.backward_in_place(x, dy),
            Threads::All => x
                .par_chunks(CHUNK)
                .zip(dy.par_chunks_mut(CHUNK))
                .for_each(|(x, dy)| pass.backward_in_place(x, dy)),
        }
        Ok(())
    }
}

fn same_length<T>(operand: &'static str, slice: &[T], first: &[T]) -> Result<(), Error> {
    let (expected, actual) = (first.len() as u64, slice.len() as u64);
    if actual == expected { Ok(()) } else { Err(Error::LengthMismatch { operand, expected, actual }) }
}

/// The loops of this activation's function.
fn loops_of(activation: &Activation) -> &'static Loops {
    &CPU_LOOPS[activation.kind() as usize]
}
