//! What is checked: something that computes activations.

use std::future::Future;
use std::ops::Deref;

use crate::error::Error;
use crate::gate::Pair;
use crate::gpu::{Gpu, GpuBuffer};
use crate::parameters::{Channels, Parameters};
use crate::shader::Direction;
use crate::storage::{Element, Storage};
use crate::verify::case::Case;
use crate::verify::gated::{GateOutput, GatedCase};
use crate::verify::probe::Probe;
use crate::verify::report::Adapter;
use crate::verify::sum;
use crate::verify::sweep::{self, GpuSweep};
use crate::warm_up::WarmUp;

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

    /// The source of all that computes a case, by [`Subject::compute`] and in a [`Sweep`]: results that were kept hold while it is
    /// the same.
    fn source(&self, case: &Case) -> String;

    /// The results for x (or y, from the output) and dy, which forward nothing depends on. Values travel as f32 whatever the
    /// storage: operands are numbers that it holds, and so is every result.
    ///
    /// # Errors
    /// The subject's own.
    fn compute(&self, case: &Case, operands: [&[f32]; 2]) -> impl Future<Output = Result<Vec<f32>, Error>>;

    /// The results of a gated function for values, gates and dy, which y does not depend on.
    ///
    /// # Errors
    /// The subject's own.
    fn compute_gated(
        &self,
        case: &GatedCase,
        operands: [&[f32]; 3],
    ) -> impl Future<Output = Result<Vec<f32>, Error>>;

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

    /// Begins to compute at once, for the x (or y) that have the bit pattern `first` and those after it (0 after the last), and for
    /// dy = 1; the future waits for the results. So some can be judged while others are computed.
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
        const HOST: [&str; 9] = [
            include_str!("../gpu.rs"),
            include_str!("../kernels.rs"),
            include_str!("../parameters.rs"),
            include_str!("../plan.rs"),
            include_str!("../span.rs"),
            include_str!("../step.rs"),
            include_str!("../storage.rs"),
            include_str!("subject.rs"),
            include_str!("sweep.rs"),
        ];
        let shared = &self.kernels().shared;
        let programs = WarmUp::new(case.activation.kind(), case.direction, case.storage).programs();
        let programs = programs.iter().map(|program| shared.source(program));
        let swept = shared.shaders.applied_to(sweep::source(case));
        HOST.iter().map(|file| (*file).to_owned()).chain(programs).chain([swept]).collect()
    }

    async fn compute(&self, case: &Case, operands: [&[f32]; 2]) -> Result<Vec<f32>, Error> {
        match case.storage {
            Storage::F32 => compute::<f32>(self, case, operands).await,
            Storage::F16 => compute::<half::f16>(self, case, operands).await,
            Storage::Bf16 => compute::<half::bf16>(self, case, operands).await,
        }
    }

    async fn compute_gated(&self, case: &GatedCase, operands: [&[f32]; 3]) -> Result<Vec<f32>, Error> {
        match case.storage {
            Storage::F32 => compute_gated::<f32>(self, case, operands).await,
            Storage::F16 => compute_gated::<half::f16>(self, case, operands).await,
            Storage::Bf16 => compute_gated::<half::bf16>(self, case, operands).await,
        }
    }

    fn sweep(&self, case: &Case) -> Result<GpuSweep<'_>, Error> {
        GpuSweep::new(self, case)
    }
}

fn hold<T: Element>(values: &[f32]) -> Vec<T> {
    values.iter().map(|&value| T::from_f32(value)).collect()
}

fn widen<T: Element>(values: Vec<T>) -> Vec<f32> {
    values.into_iter().map(T::to_f32).collect()
}

async fn compute<T: Element>(gpu: &Gpu, case: &Case, operands: [&[f32]; 2]) -> Result<Vec<f32>, Error> {
    let tensor = Tensor::of(case);
    let upload = |values: &[f32]| gpu.upload(&hold::<T>(&tensor.spread(values)));
    let [x, dy] = operands;
    let x = &upload(x)?;
    let dy = &upload(if case.direction == Direction::Forward { &[] } else { dy })?;
    let learned = tensor.learned.iter().map(|values| gpu.upload(values)).collect::<Result<Vec<_>, _>>()?;
    let spans: Vec<_> = learned.iter().map(GpuBuffer::span).collect();
    let parameters = match case.learned {
        true => Parameters::learned(case.activation, &spans, tensor.channels),
        false => case.activation.into(),
    };
    let results = match case.direction {
        Direction::Forward => gpu.forward(parameters, x),
        Direction::Backward => gpu.backward(parameters, x, dy),
        Direction::BackwardFromOutput => gpu.backward_from_output(parameters, x, dy),
        Direction::BackwardParameter(index) => gpu.backward_parameter(parameters, index, x, dy),
        // A sum is f32 whatever the storage.
        Direction::ParameterGradient(index) => {
            let sum = gpu.parameter_gradient(parameters, index, x, dy)?;
            return gpu.read(&sum).await;
        }
    }?;
    Ok(tensor.pick(widen(gpu.read(&results).await?)))
}

async fn compute_gated<T: Element>(
    gpu: &Gpu,
    case: &GatedCase,
    operands: [&[f32]; 3],
) -> Result<Vec<f32>, Error> {
    let upload = |values: &[f32]| gpu.upload(&hold::<T>(values));
    let [value, gate, dy] = [upload(operands[0])?, upload(operands[1])?, upload(operands[2])?];
    let inputs = Pair::separate(&value, &gate);
    let results = if case.output == GateOutput::Y {
        gpu.gated_forward(case.gate, inputs)?
    } else {
        let mut gradients = gpu.gated_backward(case.gate, inputs, &dy)?.parts();
        gradients.swap_remove(usize::from(case.output == GateOutput::Gate))
    };
    Ok(widen(gpu.read(&results).await?))
}

/// How the elements of a case lie in a tensor: by themselves, or as one of several channels with learned parameters, which all have
/// the same elements.
struct Tensor {
    channels: Channels,
    /// By learnable parameter and channel.
    learned: Vec<Vec<f32>>,
    /// The case's own channel.
    own: usize,
    /// How often every element is there.
    copies: usize,
}

impl Tensor {
    fn of(case: &Case) -> Self {
        let kind = case.activation.kind();
        let summed = matches!(case.direction, Direction::ParameterGradient(_));
        let activations = match (case.learned, summed) {
            (false, _) => return Self { channels: Channels::ONE, learned: Vec::new(), own: 0, copies: 1 },
            (true, true) => vec![case.activation; sum::channels().count() as usize],
            (true, false) => case.channels(),
        };
        let of = |position: usize| activations.iter().map(|it| it.parameters()[position]).collect();
        Self {
            channels: Channels::new(activations.len() as u64, 1),
            learned: kind.learnable_positions().map(of).collect(),
            own: activations.iter().position(|it| *it == case.activation).unwrap_or(0),
            copies: if summed { 1 } else { activations.len() },
        }
    }

    fn spread(&self, values: &[f32]) -> Vec<f32> {
        values.iter().flat_map(|value| std::iter::repeat_n(*value, self.copies)).collect()
    }

    fn pick(&self, results: Vec<f32>) -> Vec<f32> {
        if self.copies == 1 {
            results
        } else {
            results.into_iter().skip(self.own).step_by(self.copies).collect()
        }
    }
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
            include_str!("../cpu/parameters.rs"),
            include_str!("../cpu/pass.rs"),
            include_str!("../parameters.rs"),
            include_str!("../storage.rs"),
            include_str!("subject.rs"),
        ]
        .concat()
    }

    async fn compute(&self, case: &Case, operands: [&[f32]; 2]) -> Result<Vec<f32>, Error> {
        match case.storage {
            Storage::F32 => compute_on_cpu::<f32>(*self, case, operands),
            Storage::F16 => compute_on_cpu::<half::f16>(*self, case, operands),
            Storage::Bf16 => compute_on_cpu::<half::bf16>(*self, case, operands),
        }
    }

    async fn compute_gated(&self, case: &GatedCase, operands: [&[f32]; 3]) -> Result<Vec<f32>, Error> {
        match case.storage {
            Storage::F32 => compute_gated_on_cpu::<f32>(*self, case, operands),
            Storage::F16 => compute_gated_on_cpu::<half::f16>(*self, case, operands),
            Storage::Bf16 => compute_gated_on_cpu::<half::bf16>(*self, case, operands),
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
    operands: [&[f32]; 2],
) -> Result<Vec<f32>, Error> {
    let tensor = Tensor::of(case);
    let [x, dy] = &operands.map(|operand| hold::<T>(&tensor.spread(operand)));
    let learned: Vec<&[f32]> = tensor.learned.iter().map(|values| &**values).collect();
    let parameters = match case.learned {
        true => crate::cpu::Parameters::learned(case.activation, &learned, tensor.channels),
        false => case.activation.into(),
    };
    let mut results = vec![T::from_f32(0.0); x.len()];
    match case.direction {
        Direction::Forward => cpu.forward(parameters, x, &mut results),
        Direction::Backward => cpu.backward(parameters, x, dy, &mut results),
        Direction::BackwardFromOutput => cpu.backward_from_output(parameters, x, dy, &mut results),
        Direction::BackwardParameter(index) => cpu.backward_parameter(parameters, index, x, dy, &mut results),
        Direction::ParameterGradient(index) => {
            let mut sums = vec![0.0; tensor.channels.count() as usize];
            cpu.parameter_gradient(parameters, index, x, dy, &mut sums)?;
            return Ok(sums);
        }
    }?;
    Ok(tensor.pick(widen(results)))
}

#[cfg(feature = "cpu")]
fn compute_gated_on_cpu<T: Element>(
    cpu: crate::cpu::Cpu,
    case: &GatedCase,
    operands: [&[f32]; 3],
) -> Result<Vec<f32>, Error> {
    let [value, gate, dy] = operands.map(hold::<T>);
    let inputs = Pair::separate(&*value, &*gate);
    let mut results = vec![T::from_f32(0.0); value.len()];
    if case.output == GateOutput::Y {
        cpu.gated_forward(case.gate, inputs, &mut results)?;
    } else {
        let mut other = results.clone();
        let (d_value, d_gate) = match case.output {
            GateOutput::Gate => (&mut other, &mut results),
            _ => (&mut results, &mut other),
        };
        cpu.gated_backward(case.gate, inputs, &dy, Pair::separate(&mut **d_value, &mut **d_gate))?;
    }
    Ok(widen(results))
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
        let x: Vec<f32> = (0..CHUNK as u32).map(|index| f32::from_bits(first.wrapping_add(index))).collect();
        let results = compute_on_cpu::<f32>(self.cpu, &self.case, [&x, &vec![1.0; x.len()]])?;
        Ok(std::future::ready(Ok(results)))
    }
}
