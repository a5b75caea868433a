//! An adapter as what is checked.

mod adapter;
mod probe;
mod sweep;

pub use sweep::{GpuSweep, Mapped};

use super::device::{Operand, Parameters, Span};
use super::gpu::{self, Gpu, GpuBuffer};
use super::{RELEASE, wgpu};
use crate::error::Error;
use crate::formula::{Formula, SEED};
use crate::operand::{Pair, SoftmaxParameters};
use crate::operation::{Direction, Function, Operation, RowFunction, Softmax};
use crate::shader::Spec;
use crate::storage::{Element, Storage, Storages};
use crate::verify::adapter::Adapter;
use crate::verify::case::Case;
use crate::verify::inputs::{narrow, wide};
use crate::verify::probe::Probe;
use crate::verify::rows::{RowInputs, RowSubject, RowTargets};
use crate::verify::subject::{FormulaOperand, FormulaSubject, Operands, Subject, Tensor};
use crate::verify::sweep_source;

impl Subject for Gpu {
    type Sweep<'a> = GpuSweep<'a>;

    fn adapter(&self) -> Adapter {
        self.adapter_info().into()
    }

    async fn probe(&self) -> Result<Option<Probe>, Error> {
        probe::measure(self).await.map(Some)
    }

    fn source(&self, case: &Case) -> String {
        const HOST: [&str; 17] = [
            include_str!("../../device/builder.rs"),
            include_str!("../../device/kernels.rs"),
            include_str!("../../device/pipelines.rs"),
            include_str!("../../device/step.rs"),
            include_str!("../../gpu/mod.rs"),
            include_str!("../../operand/forms.rs"),
            include_str!("../../operand/parameters.rs"),
            include_str!("../../operand/span.rs"),
            include_str!("../../plan/bound.rs"),
            include_str!("../../plan/dispatches.rs"),
            include_str!("../../plan/job.rs"),
            include_str!("../../plan/segments.rs"),
            include_str!("../../storage.rs"),
            include_str!("../subject.rs"),
            include_str!("../sweep.rs"),
            include_str!("mod.rs"),
            include_str!("sweep.rs"),
        ];
        let shared = &self.kernels().shared;
        let operation = Operation { what: case.function.what(), direction: case.direction };
        let programs = Spec::of(operation, case.storage).programs(shared.division);
        let programs = programs.iter().map(|program| shared.source(program));
        let swept = shared.shaders.applied_to(sweep_source(case), Storage::F32);
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
            Direction::Second => gpu.second(parameters, x, dy),
            Direction::SecondParameter(index) => gpu.second_parameter(parameters, index, x, dy),
            Direction::ParameterGradient(index) => {
                return gpu.read(&gpu.parameter_gradient(parameters, index, x, dy)?).await;
            }
        },
        Function::Gate(_) => {
            let value = upload(value)?;
            let pair = Pair::separate(&value, x);
            match case.direction {
                Direction::Forward => gpu.gated_forward(parameters, pair),
                Direction::Backward
                | Direction::BackwardFromOutput
                | Direction::Second
                | Direction::SecondParameter(_) => gpu
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

impl FormulaSubject for Gpu {
    async fn compute_formula(
        &self,
        formula: &Formula,
        bound: &[FormulaOperand],
        seed: Option<u64>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let buffers = bound.iter().map(|operand| Buffer::upload(self, operand));
        let buffers = buffers.collect::<Result<Vec<Buffer>, Error>>()?;
        let all = bound.iter().zip(&buffers);
        let operands = all.clone().map(|(of, buffer)| (of.name.as_str(), of.operand(buffer.span())));
        let operands: Vec<_> = operands.chain(seed.map(|seed| (SEED, Operand::seed(seed)))).collect();
        let storage = |storages: Storages, of: &FormulaOperand| storages.with(&of.name, of.storage);
        self.run_formula(formula, bound.iter().fold(Storage::F32.into(), storage), &operands)?;
        let mut results = Vec::new();
        for name in formula.result_names() {
            if let Some((_, buffer)) = all.clone().find(|(of, _)| of.name == name) {
                results.push(buffer.read(self).await?);
            }
        }
        Ok(results)
    }
}

/// A buffer of any storage.
enum Buffer {
    F32(GpuBuffer<f32>),
    F16(GpuBuffer<half::f16>),
    Bf16(GpuBuffer<half::bf16>),
}

impl Buffer {
    fn upload(gpu: &Gpu, FormulaOperand { storage, values, .. }: &FormulaOperand) -> Result<Self, Error> {
        Ok(match storage {
            Storage::F32 => Self::F32(gpu.upload(values)?),
            Storage::F16 => Self::F16(gpu.upload(&narrow(values))?),
            Storage::Bf16 => Self::Bf16(gpu.upload(&narrow(values))?),
        })
    }

    fn span(&self) -> Span<'_> {
        match self {
            Self::F32(buffer) => buffer.span(),
            Self::F16(buffer) => buffer.span(),
            Self::Bf16(buffer) => buffer.span(),
        }
    }

    async fn read(&self, gpu: &Gpu) -> Result<Vec<f32>, Error> {
        Ok(match self {
            Self::F32(buffer) => gpu.read(buffer).await?,
            Self::F16(buffer) => wide(&gpu.read(buffer).await?),
            Self::Bf16(buffer) => wide(&gpu.read(buffer).await?),
        })
    }
}

impl RowSubject for Gpu {
    async fn compute_rows<T: Element>(
        &self,
        function: RowFunction,
        direction: Direction,
        RowInputs { first, target, dy, bias, sinks }: RowInputs<'_>,
    ) -> Result<Vec<f32>, Error> {
        let bias = bias.map(|(values, broadcast)| Ok::<_, Error>((self.upload(values)?, broadcast)));
        let sinks = sinks.map(|(values, channels)| Ok::<_, Error>((self.upload(values)?, channels)));
        let (bias, sinks) = (bias.transpose()?, sinks.transpose()?);
        let with = |softmax: Softmax| SoftmaxParameters {
            softmax,
            bias: bias.as_ref().map(|(buffer, broadcast)| (buffer.span(), *broadcast)),
            sinks: sinks.as_ref().map(|(buffer, channels)| (buffer.span(), *channels)),
        };
        let upload = |values| self.upload(&narrow::<T>(values));
        let reduces = function.kind().reduces();
        let x = upload(first)?;
        let (of_rows, of_elements) = if reduces { (dy, &[][..]) } else { (&[][..], dy) };
        let (row_dy, dy) = (self.upload(of_rows)?, upload(of_elements)?);
        let result = match (function, target, direction) {
            (RowFunction::Softmax(softmax), _, Direction::Forward) if reduces => {
                return self.read(&self.logsumexp(with(softmax), &x)?).await;
            }
            (RowFunction::Softmax(softmax), _, Direction::Forward) => self.softmax(with(softmax), &x)?,
            (RowFunction::Softmax(softmax), _, Direction::BackwardFromOutput) => {
                self.softmax_backward_from_output(softmax, &x, &dy)?
            }
            (RowFunction::Softmax(softmax), _, Direction::BackwardParameter(_)) => {
                return self.read(&self.softmax_backward_sinks(with(softmax), &x, &dy)?).await;
            }
            (RowFunction::Softmax(softmax), _, _) if reduces => {
                self.logsumexp_backward(with(softmax), &x, &row_dy)?
            }
            (RowFunction::Softmax(softmax), _, _) => self.softmax_backward(with(softmax), &x, &dy)?,
            (RowFunction::CrossEntropy(loss), Some(RowTargets::Labels(labels)), direction) => {
                let labels = self.upload(labels)?;
                if direction == Direction::Forward {
                    return self.read(&self.cross_entropy(loss, &x, &labels)?).await;
                }
                self.cross_entropy_backward(loss, &x, &labels, &row_dy)?
            }
            (RowFunction::CrossEntropy(loss), target, direction) => {
                let p = if let Some(RowTargets::Probabilities(p)) = target { p } else { &[] };
                let p = upload(p)?;
                if direction == Direction::Forward {
                    return self.read(&self.cross_entropy_with_probabilities(loss, &x, &p)?).await;
                }
                self.cross_entropy_with_probabilities_backward(loss, &x, &p, &row_dy)?
            }
        };
        Ok(wide(&self.read(&result).await?))
    }
}
