//! What there is to check of an activation.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::activation::{Activation, Bound};
use crate::shader::Direction;
use crate::storage::Storage;
use crate::verify::judge::{Judge, Table};
use crate::verify::subject::Subject;
use crate::verify::sum;

/// One activation with its parameters, in one direction and one storage type.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// The activation.
    pub activation: Activation,
    /// What is computed of it.
    pub direction: Direction,
    /// How the elements lie in memory.
    pub storage: Storage,
    /// Whether the learnable parameters come from buffers, by channel, instead of being the activation's own.
    pub learned: bool,
}

impl Case {
    /// All that can be checked of an activation with these parameters, element by element, in f32.
    #[must_use]
    pub fn all(activation: Activation) -> Vec<Self> {
        Self::all_in(activation, Storage::F32)
    }

    /// The same in another storage type.
    #[must_use]
    pub fn all_in(activation: Activation, storage: Storage) -> Vec<Self> {
        let mut directions = vec![Direction::Forward, Direction::Backward];
        if activation.check_from_output().is_ok() {
            directions.push(Direction::BackwardFromOutput);
        }
        directions.extend((0..activation.kind().learnable().len()).map(Direction::BackwardParameter));
        let case = |direction| Self { activation, direction, storage, learned: false };
        directions.into_iter().map(case).collect()
    }

    /// What can be checked besides of an activation that learns, with its parameters in buffers.
    pub(crate) fn all_learned(activation: Activation, storage: Storage) -> Vec<Self> {
        let learnable = activation.kind().learnable().len();
        if learnable == 0 {
            return Vec::new();
        }
        let gradients = (0..learnable).map(Direction::ParameterGradient);
        let directions = [Direction::Forward, Direction::Backward].into_iter().chain(gradients);
        directions.map(|direction| Self { activation, direction, storage, learned: true }).collect()
    }

    /// The activations of the channels that are computed at once, where parameters are learned: all samples of the table that differ in
    /// those parameters alone. The case's own is one of them.
    pub(crate) fn channels(&self) -> Vec<Activation> {
        let kind = self.activation.kind();
        let learned: Vec<&str> = kind.learnable().map(|(name, _)| name).collect();
        let fixed = |activation: &Activation| -> Vec<f32> {
            let all = kind.parameters().iter().zip(activation.parameters());
            all.filter(|(parameter, _)| !learned.contains(&parameter.name)).map(|(_, value)| *value).collect()
        };
        kind.samples().into_iter().filter(|sample| fixed(sample) == fixed(&self.activation)).collect()
    }

    /// How far the results may be from the exact ones. In 16 bits: the rounding to them, and what the f32 before may be off (six
    /// of its ulps are less than 0.01 of theirs); beside a zero its floor.
    #[must_use]
    pub fn bound(&self) -> Bound {
        let bound = self.bound_of_f32();
        // A parameter's gradient is f32 whatever the storage.
        let stored = !matches!(self.direction, Direction::ParameterGradient(_));
        if self.storage == Storage::F32 || !stored { bound } else { Bound { ulp: 0.51, ..bound } }
    }

    fn bound_of_f32(&self) -> Bound {
        let budget = self.activation.budget();
        match self.direction {
            Direction::Forward => budget.forward,
            Direction::Backward => budget.backward,
            Direction::BackwardFromOutput => budget.from_output,
            Direction::BackwardParameter(index) => self.activation.budget_by_parameter(index),
            Direction::ParameterGradient(index) => sum::bound(&self.activation, index),
        }
    }

    /// The direction's name, [`Direction::name`]; `learned_forward` and so on where parameters are in buffers.
    #[must_use]
    pub fn direction_name(&self) -> String {
        let name = self.direction.name(self.activation.kind());
        match self.direction {
            Direction::Forward | Direction::Backward if self.learned => format!("learned_{name}"),
            _ => name,
        }
    }

    /// Stands for everything in this build that an error of this subject depends on: what computes, the oracle, how results are
    /// judged. Results with the same fingerprint on the same adapter need no new run.
    #[must_use]
    pub fn fingerprint(&self, subject: &impl Subject) -> u64 {
        const ORACLE: [&str; 3] = [
            include_str!("../reference.rs"),
            include_str!("../reference/double_double.rs"),
            include_str!("../reference/normal.rs"),
        ];
        const JUDGE: [&str; 7] = [
            include_str!("exhaustive.rs"),
            include_str!("inputs.rs"),
            include_str!("judge.rs"),
            include_str!("mod.rs"),
            include_str!("parallel.rs"),
            include_str!("report.rs"),
            include_str!("ulp.rs"),
        ];
        let backend = subject.adapter().computes_on();
        let judge = Judge::new(&Table, *self, backend);
        // Which of the oracle's functions the row names.
        let oracle = [-3.0, -0.5, 0.25, 2.0].map(|at| judge.exact_at(at).to_bits());
        let Bound { ulp, floor, domain, beyond } = backend.bound(self);
        let mut hasher = DefaultHasher::new();
        (ORACLE, oracle, JUDGE, subject.source(self)).hash(&mut hasher);
        format!("{self:?} {:?} {:?}", self.activation.arguments(), self.activation.kinks()).hash(&mut hasher);
        // Errors within a floor are scaled to the budget; others do not depend on it.
        format!("{domain:?} {beyond:?} {:?}", floor.map(|floor| (floor, ulp))).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{Gpu, Shaders};

    fn case() -> Case {
        Case::all(Activation::SILU)[1]
    }

    /// The grid of an exhaustive run goes through the kernels that everyone uses.
    #[test]
    fn the_fingerprint_is_of_all_that_computes() {
        let gpu = Gpu::new_blocking().unwrap();
        let source = gpu.source(&case());
        for file in [
            include_str!("../../shaders/shells/elementwise.wgsl"),
            include_str!("../../shaders/shells/job.wgsl"),
            include_str!("../../shaders/shells/sweep.wgsl"),
            include_str!("../../shaders/storage/f32_narrow.wgsl"),
            include_str!("../../shaders/storage/f32_wide.wgsl"),
            include_str!("../plan.rs"),
            include_str!("../step.rs"),
            Activation::SILU.kind().row().wgsl,
        ] {
            assert!(source.contains(file), "it does not depend on {file}");
        }
        let library = case().fingerprint(&gpu);
        let mut shaders = Shaders::default();
        shaders.replace("math/divide", "// another\n").unwrap();
        assert_ne!(case().fingerprint(&gpu.with_shaders(shaders)), library);
    }

    #[cfg(feature = "cpu")]
    #[test]
    fn the_fingerprint_on_the_cpu_is_of_all_that_computes() {
        let source = crate::cpu::Cpu::new().source(&case());
        for file in [include_str!("../cpu/parameters.rs"), include_str!("../cpu/functions.rs")] {
            assert!(source.contains(file), "it does not depend on {file}");
        }
    }
}
