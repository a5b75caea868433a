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
use crate::verify::sweep::GpuSweep;

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
