//! An adapter as what is checked.

use crate::error::Error;
use crate::gpu::{Gpu, GpuBuffer};
use crate::operand::{Pair, Parameters};
use crate::operation::{Direction, Function, Operation};
use crate::shader::Spec;
use crate::storage::{Element, Storage};
use crate::verify::adapter::Adapter;
use crate::verify::case::Case;
use crate::verify::probe::Probe;
use crate::verify::subject::{Operands, Subject, Tensor};
use crate::verify::sweep::{self, GpuSweep};

impl Subject for Gpu {
    type Sweep<'a> = GpuSweep<'a>;

    fn adapter(&self) -> Adapter {
        Adapter::of(self)
    }

    async fn probe(&self) -> Result<Option<Probe>, Error> {
        Probe::measure(self).await.map(Some)
    }

    fn source(&self, case: &Case) -> String {
        const HOST: [&str; 14] = [
            include_str!("../device/builder.rs"),
            include_str!("../device/job.rs"),
            include_str!("../device/kernels.rs"),
            include_str!("../device/pipelines.rs"),
            include_str!("../device/step.rs"),
            include_str!("../gpu/mod.rs"),
            include_str!("../operand/forms.rs"),
            include_str!("../operand/parameters.rs"),
            include_str!("../operand/span.rs"),
            include_str!("../plan/segments.rs"),
            include_str!("../storage.rs"),
            include_str!("gpu.rs"),
            include_str!("subject.rs"),
            include_str!("sweep.rs"),
        ];
        let shared = &self.kernels().shared;
        let operation = Operation { what: case.function.what(), direction: case.direction };
        let programs = Spec::of(operation, case.storage).programs();
        let programs = programs.iter().map(|program| shared.source(program));
        let swept = shared.shaders.applied_to(sweep::source(case), Storage::F32);
        HOST.iter().map(|file| (*file).to_owned()).chain(programs).chain([swept]).collect()
    }

    async fn compute(&self, case: &Case, operands: Operands<'_>) -> Result<Vec<f32>, Error> {
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

async fn compute<T: Element>(gpu: &Gpu, case: &Case, operands: Operands<'_>) -> Result<Vec<f32>, Error> {
    let tensor = Tensor::of(case);
    let upload = |values: &[f32]| gpu.upload(&tensor.hold::<T>(values));
    let Operands { at, dy, value } = operands;
    let learned = tensor.learned.iter().map(|values| gpu.upload(values)).collect::<Result<Vec<_>, _>>()?;
    let spans: Vec<_> = learned.iter().map(GpuBuffer::span).collect();
    let parameters = match case.learned {
        true => Parameters::learned(case.function, &spans, tensor.channels),
        false => case.function.into(),
    };
    let x = &upload(at)?;
    let dy = &upload(if case.direction == Direction::Forward { &[] } else { dy })?;
    // A sum is f32 whatever the storage.
    let results = match case.function {
        Function::Activation(_) => match case.direction {
            Direction::Forward => gpu.forward(parameters, x),
            Direction::Backward => gpu.backward(parameters, x, dy),
            Direction::BackwardFromOutput => gpu.backward_from_output(parameters, x, dy),
            Direction::BackwardParameter(index) => gpu.backward_parameter(parameters, index, x, dy),
            Direction::ParameterGradient(index) => {
                return gpu.read(&gpu.parameter_gradient(parameters, index, x, dy)?).await;
            }
        },
        Function::Gate(_) => {
            let value = upload(value)?;
            let pair = Pair::separate(&value, x);
            match case.direction {
                Direction::Forward => gpu.gated_forward(parameters, pair),
                Direction::Backward | Direction::BackwardFromOutput => gpu
                    .gated_backward(parameters, pair, dy)
                    .map(|gradients| gradients.parts().swap_remove(usize::from(!case.by_value))),
                Direction::BackwardParameter(index) => {
                    gpu.gated_backward_parameter(parameters, index, pair, dy)
                }
                Direction::ParameterGradient(index) => {
                    return gpu.read(&gpu.gated_parameter_gradient(parameters, index, pair, dy)?).await;
                }
            }
        }
    }?;
    Ok(tensor.pick(gpu.read(&results).await?))
}
