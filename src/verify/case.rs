//! What there is to check.

use crate::operation::{Direction, Form, Function, Gate};
use crate::parameter_gradient_error;
use crate::storage::Storage;
use crate::table::{Activation, Bound, Floor, Kind};

/// One result of a function with its parameters, in one direction and one storage type.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// An activation or a gate.
    pub function: Function,
    /// What is computed of it.
    pub direction: Direction,
    /// Of a gate's backward, whether it is d_value that is checked; else d_gate.
    pub by_value: bool,
    /// How the elements lie in memory.
    pub storage: Storage,
    /// Whether the learnable parameters come from buffers, by channel, instead of being the function's own.
    pub learned: bool,
}

/// Sums that are computed at once, one for each channel, all with the same parameters.
pub(crate) const SUMS: usize = 1 << 10;
/// Terms of each.
pub(crate) const TERMS: usize = 1 << 10;
/// An ulp of a sum is that of the sum of its terms' magnitudes, taken as so much of it.
pub(crate) const ULP_OF_SUM: f64 = 1.0 / (1 << 23) as f64;

impl Case {
    /// One direction of a function with its own parameters.
    #[must_use]
    pub fn new(function: impl Into<Function>, direction: Direction, storage: Storage) -> Self {
        Self { function: function.into(), direction, by_value: false, storage, learned: false }
    }

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
        // One of 0 has no parameters: the first sample stands for all.
        let is_first = activation.kind().samples().first() == Some(&activation);
        let row = activation.kind().row();
        let differs = |direction: &Direction| {
            is_first || direction.second_by().is_some_and(|by| row.second_by(by).1.is_some())
        };
        directions.extend(activation.kind().second_directions().filter(differs));
        directions.into_iter().map(|direction| Self::new(activation, direction, storage)).collect()
    }

    /// What can be checked besides of an activation that learns, with its parameters in buffers.
    pub(crate) fn all_learned(activation: Activation, storage: Storage) -> Vec<Self> {
        Self::learned(activation.into(), |direction| vec![Self::new(activation, direction, storage)])
    }

    /// The gates that call this activation's: its product, with its defaults (or the table's first parameter values: those
    /// make no difference to a product), and those that are no products, with all their samples.
    pub(crate) fn all_gated(kind: Kind, storage: Storage) -> Vec<Self> {
        let product = kind.samples().first().map(|activation| Gate::from(*activation));
        let own = Gate::own_samples().filter(|gate| gate.kind().activation() == kind);
        let cases = |gate: Gate| {
            let results = move |direction| Self::results_of(gate, direction, storage);
            let fixed = [Direction::Forward, Direction::Backward].into_iter().flat_map(results);
            fixed.chain(Self::learned(gate.into(), results)).collect::<Vec<_>>()
        };
        product.into_iter().chain(own).flat_map(cases).collect()
    }

    /// The results that one direction of a gate has.
    fn results_of(gate: Gate, direction: Direction, storage: Storage) -> Vec<Self> {
        let one = Self::new(gate, direction, storage);
        match direction {
            Direction::Backward => vec![Self { by_value: true, ..one }, one],
            _ => vec![one],
        }
    }

    fn learned(function: Function, results: impl Fn(Direction) -> Vec<Self>) -> Vec<Self> {
        let learnable = function.what().arguments().learnable().len();
        if learnable == 0 {
            return Vec::new();
        }
        // By itself, an activation's derivatives by its parameters are checked with the others.
        let gated = matches!(function, Function::Gate(_));
        let terms = (0..learnable).filter(|_| gated).map(Direction::BackwardParameter);
        let gradients = (0..learnable).map(Direction::ParameterGradient);
        let directions = [Direction::Forward, Direction::Backward].into_iter().chain(terms).chain(gradients);
        directions.flat_map(results).map(|case| Self { learned: true, ..case }).collect()
    }

    /// The case of these names; `None` if this build has none.
    pub(crate) fn find(parameters: &str, direction: &str, storage: Storage) -> Option<Self> {
        let activation: Option<Activation> = parameters.parse().ok();
        let elements = activation.into_iter().flat_map(|activation| {
            Self::all_in(activation, storage).into_iter().chain(Self::all_learned(activation, storage))
        });
        let gate: Option<Gate> = parameters.parse().ok();
        let gated = gate.into_iter().flat_map(|gate| {
            let own = move |case: &Self| case.function == gate.into();
            Self::all_gated(gate.kind().activation(), storage).into_iter().filter(own)
        });
        elements.chain(gated).find(|case| case.direction_name() == direction)
    }

    /// The activation, or that of a product.
    pub(crate) fn activation(&self) -> Option<Activation> {
        self.function.activation()
    }

    /// Where the function or a derivative of it breaks or jumps.
    pub(crate) fn kinks(&self) -> Vec<f64> {
        self.activation().map(|activation| activation.kinks()).unwrap_or_default()
    }

    /// The name of the activation, also of a product's, or the gate's own.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.function.what().name()
    }

    /// The activations of the channels that are computed at once, where parameters are learned: all samples of the table that differ in
    /// those parameters alone, the case's own among them; of sums, this one for each.
    pub(crate) fn channels(&self) -> Vec<Activation> {
        let Some(own) = self.activation().filter(|_| self.learned) else { return Vec::new() };
        if self.direction.is_summed() {
            return vec![own; SUMS];
        }
        let kind = own.kind();
        let learned: Vec<&str> = kind.learnable().map(|(name, _)| name).collect();
        let fixed = |activation: &Activation| -> Vec<f32> {
            let all = kind.parameters().iter().zip(activation.parameters());
            all.filter(|(parameter, _)| !learned.contains(&parameter.name)).map(|(_, value)| *value).collect()
        };
        kind.samples().into_iter().filter(|sample| fixed(sample) == fixed(&own)).collect()
    }

    /// How far the results may be from the exact ones. In 16 bits that is [`ULP_OF_16_BITS`](Self::ULP_OF_16_BITS) of the result whatever
    /// the function, and beside a zero of a derivative where terms cancel, [`FLOOR_OF_16_BITS`](Self::FLOOR_OF_16_BITS), or the row's floor
    /// where that is larger.
    ///
    /// Of a gate in f32, beside one rounding of the product, in ulp of the activation (of its product with value and dy for the gradients by
    /// the gate and by a parameter): the activation's own bound. The gates that are no products have bounds of their own, in ulp of the result.
    #[must_use]
    pub fn bound(&self) -> Bound {
        let bound = self.bound_of_f32();
        // A parameter's gradient is f32 whatever the storage.
        if self.storage == Storage::F32 || self.direction.is_summed() {
            return bound;
        }
        let floor =
            bound.floor.map(|floor| Floor { absolute: floor.absolute.max(Self::FLOOR_OF_16_BITS), ..floor });
        Bound { ulp: Self::ULP_OF_16_BITS, by_division: 0.0, floor, ..bound }
    }

    /// The rounding to f16 or bf16, 0.5 ulp, and what the f32 before may be off: 2^-16.6 of itself is 0.02 ulp of an f16.
    pub const ULP_OF_16_BITS: f64 = 0.52;

    /// What the f32 before may be off beside a zero, where terms of size 1 cancel: the errors of a builtin exp, 3 ulp.
    pub const FLOOR_OF_16_BITS: f64 = 1.0 / (1 << 22) as f64;

    fn bound_of_f32(&self) -> Bound {
        let activation = match self.function {
            Function::Activation(activation) | Function::Gate(Gate(Form::Product(activation))) => activation,
            Function::Gate(Gate(Form::Own(kind, parameters))) => {
                let [along_value, by_gate] = (kind.row().bounds)(&parameters);
                let is_by_gate = self.direction == Direction::Backward && !self.by_value;
                return if is_by_gate { by_gate } else { along_value };
            }
        };
        let budget = activation.budget();
        match self.direction {
            Direction::Forward => budget.forward,
            Direction::Backward if self.by_value => budget.forward,
            Direction::Backward => budget.backward,
            Direction::BackwardFromOutput => budget.from_output,
            Direction::BackwardParameter(index) => activation.budget_by_parameter(index),
            Direction::Second => activation.budget_of_second(None),
            Direction::SecondParameter(index) => activation.budget_of_second(Some(index)),
            // The documented bound, and what the terms themselves may be off: of a gate, a rounding of the product more.
            Direction::ParameterGradient(index) => {
                let product = if matches!(self.function, Function::Gate(_)) { 1.0 } else { 0.0 };
                let summing = parameter_gradient_error(TERMS as u64) / ULP_OF_SUM;
                let terms = activation.budget_by_parameter(index);
                Bound::ulp(summing + terms.ulp + product).dividing(terms.by_division)
            }
        }
    }

    /// The direction's name, [`Direction::name`]; `gated_forward`, `gated_backward_value`, `gated_backward_gate` of a gate, and
    /// `learned_forward` and so on where parameters are in buffers.
    #[must_use]
    pub fn direction_name(&self) -> String {
        let mut name = self.direction.name_of(self.function.row());
        if let Function::Gate(_) = self.function {
            let result = match self.direction {
                Direction::Backward if self.by_value => "_value",
                Direction::Backward => "_gate",
                _ => "",
            };
            name = format!("gated_{name}{result}");
        }
        match self.direction {
            Direction::Forward | Direction::Backward if self.learned => format!("learned_{name}"),
            _ => name,
        }
    }

    /// A value whose factor of the gate's derivative is about 1.
    pub(crate) fn unit_value(&self) -> f64 {
        match self.function {
            Function::Gate(Gate(Form::Own(kind, parameters))) => (kind.row().unit)(&parameters),
            _ => 1.0,
        }
    }

    /// Whether the function is a product.
    pub(crate) fn is_product(&self) -> bool {
        matches!(self.function, Function::Gate(Gate(Form::Product(_))))
    }
}

/// `swish(beta=2) learned_forward`
impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.function, self.direction_name())
    }
}
