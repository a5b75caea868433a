//! What there is to check of an activation.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::activation::{Activation, Bound};
use crate::shader::Direction;
use crate::storage::Storage;
use crate::verify::subject::Subject;

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
        let case = |direction| Self { activation, direction, storage };
        directions.into_iter().map(case).collect()
    }

    /// How far the results may be from the exact ones. In 16 bits: the rounding to them, and what the f32 before may be off (six
    /// of its ulps are less than 0.01 of theirs); beside a zero its floor.
    #[must_use]
    pub fn bound(&self) -> Bound {
        let bound = self.bound_of_f32();
        if self.storage == Storage::F32 { bound } else { Bound { ulp: 0.51, ..bound } }
    }

    fn bound_of_f32(&self) -> Bound {
        let budget = self.activation.budget();
        match self.direction {
            Direction::Forward => budget.forward,
            Direction::Backward => budget.backward,
            Direction::BackwardFromOutput => budget.from_output,
            Direction::BackwardParameter(index) | Direction::ParameterGradient(index) => {
                self.activation.budget_by_parameter(index)
            }
        }
    }

    /// The direction's name: see [`Direction::name`].
    #[must_use]
    pub fn direction_name(&self) -> String {
        self.direction.name(self.activation.kind())
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
        const JUDGE: [&str; 4] = [
            include_str!("exhaustive.rs"),
            include_str!("inputs.rs"),
            include_str!("judge.rs"),
            include_str!("ulp.rs"),
        ];
        let Bound { ulp, floor, domain, beyond } = self.bound();
        let mut hasher = DefaultHasher::new();
        (ORACLE, JUDGE, subject.source(self), format!("{:?}", self.activation.arguments())).hash(&mut hasher);
        // Errors within a floor are scaled to the budget; others do not depend on it.
        format!("{domain:?} {beyond:?} {:?}", floor.map(|floor| (floor, ulp))).hash(&mut hasher);
        hasher.finish()
    }
}
