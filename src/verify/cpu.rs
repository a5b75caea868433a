//! The CPU side as what is checked.

use crate::cpu::{Cpu, Operand, Parameters, Slice};
use crate::error::Error;
use crate::formula::{Formula, SEED};
use crate::operand::{Pair, SoftmaxParameters};
use crate::operation::{Direction, Function, RowFunction, Softmax};
use crate::storage::{Element, Storage};
use crate::verify::adapter::Adapter;
use crate::verify::case::Case;
use crate::verify::inputs::{narrow, wide};
use crate::verify::probe::Probe;
use crate::verify::rows::{RowInputs, RowSubject, RowTargets};
use crate::verify::subject::{CHUNK, FormulaOperand, FormulaSubject, Operands, Subject, Sweep, Tensor};

impl Subject for Cpu {
    type Sweep<'a> = CpuSweep;

    fn adapter(&self) -> Adapter {
        Adapter::cpu()
    }

    async fn probe(&self) -> Result<Option<Probe>, Error> {
        Ok(None)
    }

    fn source(&self, _: &Case) -> String {
        [
            include_str!("../cpu/scalar.rs"),
            include_str!("../cpu/functions.rs"),
            include_str!("../cpu/gated.rs"),
            include_str!("../cpu/loops.rs"),
            include_str!("../cpu/math.rs"),
            include_str!("../cpu/mod.rs"),
            include_str!("../cpu/operands.rs"),
            include_str!("../cpu/parameters.rs"),
            include_str!("../cpu/pass.rs"),
            include_str!("../cpu/runs.rs"),
            include_str!("../cpu/sums.rs"),
            include_str!("../operand/parameters.rs"),
            include_str!("../storage.rs"),
            include_str!("cpu.rs"),
            include_str!("subject.rs"),
        ]
        .concat()
    }

    async fn compute(&self, case: &Case, operands: Operands<'_>) -> Result<Vec<f32>, Error> {
        match case.storage {
            Storage::F32 => compute::<f32>(*self, case, operands),
            Storage::F16 => compute::<half::f16>(*self, case, operands),
            Storage::Bf16 => compute::<half::bf16>(*self, case, operands),
        }
    }

    fn sweep(&self, case: &Case) -> Result<CpuSweep, Error> {
        Ok(CpuSweep { cpu: *self, case: *case })
    }
}

fn compute<T: Element>(cpu: Cpu, case: &Case, operands: Operands<'_>) -> Result<Vec<f32>, Error> {
    let tensor = Tensor::of(case);
    let [x, dy, value] = &[operands.at, operands.dy, operands.value].map(|operand| tensor.hold::<T>(operand));
    let learned: Vec<&[f32]> = tensor.learned.iter().map(|values| &**values).collect();
    let parameters = match case.learned {
        true => Parameters::learned(case.function, &learned, tensor.channels),
        false => case.function.into(),
    };
    let mut results = vec![T::from_f32(0.0); x.len()];
    let mut sums = vec![0.0; tensor.channels.count() as usize];
    match case.function {
        Function::Activation(_) => match case.direction {
            Direction::Forward => cpu.forward(parameters, x, &mut results),
            Direction::Backward => cpu.backward(parameters, x, dy, &mut results),
            Direction::BackwardFromOutput => cpu.backward_from_output(parameters, x, dy, &mut results),
            Direction::BackwardParameter(index) => {
                cpu.backward_parameter(parameters, index, x, dy, &mut results)
            }
            Direction::Second => cpu.second(parameters, x, dy, &mut results),
            Direction::SecondParameter(index) => cpu.second_parameter(parameters, index, x, dy, &mut results),
            Direction::ParameterGradient(index) => {
                return cpu.parameter_gradient(parameters, index, x, dy, &mut sums).map(|()| sums);
            }
        },
        Function::Gate(_) => {
            let pair = Pair::separate(&**value, &**x);
            match case.direction {
                Direction::Forward => cpu.gated_forward(parameters, pair, &mut results),
                Direction::Backward
                | Direction::BackwardFromOutput
                | Direction::Second
                | Direction::SecondParameter(_) => {
                    let mut other = results.clone();
                    let mut gradients = [&mut *results, &mut *other];
                    if !case.by_value {
                        gradients.reverse();
                    }
                    let [d_value, d_gate] = gradients;
                    cpu.gated_backward(parameters, pair, dy, Pair::separate(d_value, d_gate))
                }
                Direction::BackwardParameter(index) => {
                    cpu.gated_backward_parameter(parameters, index, pair, dy, &mut results)
                }
                Direction::ParameterGradient(index) => {
                    return cpu
                        .gated_parameter_gradient(parameters, index, pair, dy, &mut sums)
                        .map(|()| sums);
                }
            }
        }
    }?;
    Ok(tensor.pick(results))
}

/// One case on the CPU.
#[derive(Debug)]
pub struct CpuSweep {
    cpu: Cpu,
    case: Case,
}

impl Sweep for CpuSweep {
    type Results = Vec<f32>;

    fn start(&self, first: u32) -> Result<impl Future<Output = Result<Vec<f32>, Error>>, Error> {
        let x: Vec<f32> = (0..CHUNK as u32).map(|index| f32::from_bits(first.wrapping_add(index))).collect();
        let results =
            compute::<f32>(self.cpu, &self.case, Operands { at: &x, dy: &vec![1.0; x.len()], value: &[] })?;
        Ok(std::future::ready(Ok(results)))
    }
}

impl FormulaSubject for Cpu {
    async fn compute_formula(
        &self,
        formula: &Formula,
        bound: &[FormulaOperand],
        seed: Option<u64>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let mut elements: Vec<Elements> = bound.iter().map(Elements::of).collect();
        let all = bound.iter().zip(&mut elements);
        let operands = all.map(|(of, elements)| (of.name.as_str(), of.operand(elements.slice())));
        self.formula(formula, operands.chain(seed.map(|seed| (SEED, Operand::seed(seed)))))?;
        let result = |name: &str| bound.iter().position(|of| of.name == name);
        Ok(formula.result_names().filter_map(result).map(|place| elements[place].wide()).collect())
    }
}

impl RowSubject for Cpu {
    async fn compute_rows<T: Element>(
        &self,
        function: RowFunction,
        direction: Direction,
        RowInputs { first, target, dy, bias, sinks }: RowInputs<'_>,
    ) -> Result<Vec<f32>, Error> {
        let with = |softmax: Softmax| SoftmaxParameters { softmax, bias, sinks };
        let (x, narrow_dy) = (narrow::<T>(first), narrow::<T>(dy));
        let reduces = function.kind().reduces();
        let rows = function.axis().rows(x.len() as u64).unwrap_or(0) as usize;
        let (mut y, mut dx) = (vec![0.0; rows], vec![T::zeroed(); x.len()]);
        let forward = direction == Direction::Forward;
        let of_sinks = matches!(direction, Direction::BackwardParameter(_));
        match (function, target) {
            (RowFunction::Softmax(softmax), _) if reduces && forward => {
                self.logsumexp(with(softmax), &x, &mut y)?
            }
            (RowFunction::Softmax(softmax), _) if reduces => {
                self.logsumexp_backward(with(softmax), &x, dy, &mut dx)?;
            }
            (RowFunction::Softmax(softmax), _) if of_sinks => {
                self.softmax_backward_sinks(with(softmax), &x, &narrow_dy, &mut y)?;
            }
            (RowFunction::Softmax(softmax), _) => match direction {
                Direction::Forward => self.softmax(with(softmax), &x, &mut dx)?,
                Direction::Backward => self.softmax_backward(with(softmax), &x, &narrow_dy, &mut dx)?,
                _ => self.softmax_backward_from_output(softmax, &x, &narrow_dy, &mut dx)?,
            },
            (RowFunction::CrossEntropy(loss), Some(RowTargets::Labels(labels))) if forward => {
                self.cross_entropy(loss, &x, labels, &mut y)?;
            }
            (RowFunction::CrossEntropy(loss), Some(RowTargets::Labels(labels))) => {
                self.cross_entropy_backward(loss, &x, labels, dy, &mut dx)?;
            }
            (RowFunction::CrossEntropy(loss), target) => {
                let p = if let Some(RowTargets::Probabilities(p)) = target { p } else { &[] };
                let p = narrow::<T>(p);
                if forward {
                    self.cross_entropy_with_probabilities(loss, &x, &p, &mut y)?;
                } else {
                    self.cross_entropy_with_probabilities_backward(loss, &x, &p, dy, &mut dx)?;
                }
            }
        }
        Ok(if (forward && reduces) || of_sinks { y } else { wide(&dx) })
    }
}

/// Elements of any storage.
enum Elements {
    F32(Vec<f32>),
    F16(Vec<half::f16>),
    Bf16(Vec<half::bf16>),
}

impl Elements {
    fn of(FormulaOperand { storage, values, .. }: &FormulaOperand) -> Self {
        match storage {
            Storage::F32 => Self::F32(values.clone()),
            Storage::F16 => Self::F16(narrow(values)),
            Storage::Bf16 => Self::Bf16(narrow(values)),
        }
    }

    fn slice(&mut self) -> Slice<'_> {
        match self {
            Self::F32(elements) => elements.into(),
            Self::F16(elements) => elements.into(),
            Self::Bf16(elements) => elements.into(),
        }
    }

    fn wide(&self) -> Vec<f32> {
        match self {
            Self::F32(elements) => elements.clone(),
            Self::F16(elements) => wide(elements),
            Self::Bf16(elements) => wide(elements),
        }
    }
}
