//! What is checked: something that computes activations.

use std::future::Future;
use std::ops::Deref;

use crate::error::Error;
use crate::gpu::Gpu;
use crate::shader::Direction;
use crate::storage::{Element, Storage};
use crate::verify::case::Case;
use crate::verify::probe::Probe;
use crate::verify::report::Adapter;
use crate::verify::sweep::{self, GpuSweep};

/// Something that computes activations: an adapter, or another backend that is held to the same bounds.
pub trait Subject {
    /// All bit patterns through one case.
    type Sweep<'a>: Sweep
    where
        Self: 'a;

    /// What is checked, in words.
    fn adapter(&self) -> Adapter;

    /// What its arithmetic does, where that is in question.
    ///
    /// # Errors
    /// Those of [`Probe::measure`].
    fn probe(&self) -> impl Future<Output = Result<Option<Probe>, Error>>;

    /// The source of what computes a case: results that were kept hold while it is the same.
    fn source(&self, case: &Case) -> String;

    /// The results for operands: x forward, x and dy backward, y and dy from the output. Values travel as f32 whatever the storage:
    /// operands are numbers that it holds, and so is every result.
    ///
    /// # Errors
    /// The subject's own.
    fn compute(&self, case: &Case, operands: &[&[f32]]) -> impl Future<Output = Result<Vec<f32>, Error>>;

    /// Prepares to compute a case for every f32.
    ///
    /// # Errors
    /// The subject's own.
    fn sweep(&self, case: &Case) -> Result<Self::Sweep<'_>, Error>;
}

/// The elements of a step of a sweep: some megabytes.
pub const CHUNK: usize = 1 << 22;

/// One case for every f32, [`CHUNK`] by [`CHUNK`].
pub trait Sweep {
    /// What comes back.
    type Results: Deref<Target = [f32]>;

    /// Begins to compute at once, for the x (or y) that have the bit pattern `first` and those after it, and for dy = 1; the
    /// future waits for the results. So some can be judged while others are computed.
    ///
    /// # Errors
    /// The subject's own.
    fn start(&self, first: u32) -> Result<impl Future<Output = Result<Self::Results, Error>>, Error>;
}

impl Subject for Gpu {
    type Sweep<'a> = GpuSweep<'a>;

    fn adapter(&self) -> Adapter {
        Adapter::of(self)
    }

    async fn probe(&self) -> Result<Option<Probe>, Error> {
        Probe::measure(self).await.map(Some)
    }

    fn source(&self, case: &Case) -> String {
        sweep::source(case)
    }

    async fn compute(&self, case: &Case, operands: &[&[f32]]) -> Result<Vec<f32>, Error> {
        match case.storage {
            Storage::F32 => compute::<f32>(self, case, operands).await,
            Storage::F16 => compute::<half::f16>(self, case, operands).await,
            Storage::Bf16 => compute::<half::bf16>(self, case, operands).await,
        }
    }

    fn sweep(&self, case: &Case) -> Result<GpuSweep<'_>, Error> {
        GpuSweep::new(self, case)
    }
}

async fn compute<T: Element>(gpu: &Gpu, case: &Case, operands: &[&[f32]]) -> Result<Vec<f32>, Error> {
    let upload = |values: &&[f32]| {
        let values: Vec<T> = values.iter().map(|&value| T::from_f32(value)).collect();
        gpu.upload(&values)
    };
    let operands = operands.iter().map(upload).collect::<Result<Vec<_>, _>>()?;
    let (activation, x) = (case.activation, &operands[0]);
    let results = match case.direction {
        Direction::Forward => gpu.forward(activation, x),
        Direction::Backward => gpu.backward(activation, x, &operands[1]),
        Direction::BackwardFromOutput => gpu.backward_from_output(activation, x, &operands[1]),
        Direction::BackwardParameter(index) => gpu.backward_parameter(activation, index, x, &operands[1]),
        // A sum is f32 whatever the storage, and no case.
        Direction::ParameterGradient(index) => {
            let sum = gpu.parameter_gradient(activation, index, x, &operands[1])?;
            return gpu.read(&sum).await;
        }
    }?;
    Ok(gpu.read(&results).await?.into_iter().map(T::to_f32).collect())
}

#[cfg(feature = "cpu")]
impl Subject for crate::cpu::Cpu {
    type Sweep<'a> = CpuSweep;

    fn adapter(&self) -> Adapter {
        Adapter::processor()
    }

    async fn probe(&self) -> Result<Option<Probe>, Error> {
        Ok(None)
    }

    fn source(&self, _: &Case) -> String {
        [
            include_str!("../cpu/functions.rs"),
            include_str!("../cpu/loops.rs"),
            include_str!("../cpu/math.rs"),
            include_str!("../cpu/mod.rs"),
            include_str!("../cpu/pass.rs"),
        ]
        .concat()
    }

    async fn compute(&self, case: &Case, operands: &[&[f32]]) -> Result<Vec<f32>, Error> {
        match case.storage {
            Storage::F32 => compute_on_cpu::<f32>(*self, case, operands),
            Storage::F16 => compute_on_cpu::<half::f16>(*self, case, operands),
            Storage::Bf16 => compute_on_cpu::<half::bf16>(*self, case, operands),
        }
    }

    fn sweep(&self, case: &Case) -> Result<CpuSweep, Error> {
        Ok(CpuSweep { cpu: *self, case: *case })
    }
}

#[cfg(feature = "cpu")]
fn compute_on_cpu<T: Element>(
    cpu: crate::cpu::Cpu,
    case: &Case,
    operands: &[&[f32]],
) -> Result<Vec<f32>, Error> {
    let hold = |values: &&[f32]| values.iter().map(|&value| T::from_f32(value)).collect::<Vec<T>>();
    let operands: Vec<Vec<T>> = operands.iter().map(hold).collect();
    let (activation, x) = (case.activation, &operands[0]);
    let mut results = vec![T::from_f32(0.0); x.len()];
    match case.direction {
        Direction::Forward => cpu.forward(activation, x, &mut results),
        Direction::Backward => cpu.backward(activation, x, &operands[1], &mut results),
        Direction::BackwardFromOutput => cpu.backward_from_output(activation, x, &operands[1], &mut results),
        // A sum is no case: its terms are.
        Direction::BackwardParameter(index) | Direction::ParameterGradient(index) => {
            cpu.backward_parameter(activation, index, x, &operands[1], &mut results)
        }
    }?;
    Ok(results.into_iter().map(T::to_f32).collect())
}

/// One case on the processor.
#[cfg(feature = "cpu")]
#[derive(Debug)]
pub struct CpuSweep {
    cpu: crate::cpu::Cpu,
    case: Case,
}

#[cfg(feature = "cpu")]
impl Sweep for CpuSweep {
    type Results = Vec<f32>;

    fn start(&self, first: u32) -> Result<impl Future<Output = Result<Vec<f32>, Error>>, Error> {
        let x: Vec<f32> = (first..=first + (CHUNK as u32 - 1)).map(f32::from_bits).collect();
        let ones = vec![1.0; x.len()];
        let operands: &[&[f32]] = &[&x, &ones];
        let results = compute_on_cpu::<f32>(self.cpu, &self.case, operands)?;
        Ok(std::future::ready(Ok(results)))
    }
}
