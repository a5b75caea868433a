//! What a kernel is made for.

use std::ops::Range;

use crate::error::Error;
use crate::formula::{Composed, Formula, View};
use crate::operand::{Channels, Grain, Origin, Views};
use crate::operation::{Additions, Direction, GateKind, Operation, What};
use crate::storage::{Storage, Storages, Width};
use crate::table::{Handle, Kind};

/// A kernel and how it will be bound: what is computed, in which storage, where parameters come from, and whether results are
/// added to what is there. [`Kernels::warm_up`](crate::Kernels::warm_up) takes some of them. One with an activation's own parameters is
/// made from `(Kind, Direction, Storage)`.
///
/// ```
/// use wgpu_activations::{Channels, Direction, Error, Kernels, Kind, Spec, Storage};
///
/// fn load(kernels: &Kernels) -> Result<(), Error> {
///     kernels.warm_up(&[
///         Spec::from((Kind::GeluErf, Direction::Forward, Storage::F32)),
///         Spec::new(Kind::Prelu, Direction::Backward, Storage::F32).learned(Channels::new(64, 49)).accumulating(),
///         Spec::gated(Kind::Silu, Direction::Forward, Storage::F16),
///     ])
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spec<C = Channels> {
    pub(crate) operation: Operation,
    pub(crate) storage: Storage,
    pub(crate) origin: Origin<Views<C>>,
    pub(crate) accumulate: bool,
    /// Of a formula whose storage has 16 bits, which operands are f32 all the same: a bit for each, inputs first.
    pub(crate) floats: u16,
}

/// The number of what is drawn where nothing else is.
pub(crate) const ONLY_DRAW: u32 = 0;

impl<C: Copy> Spec<C> {
    /// What is drawn for each element, by numbers.
    pub(crate) fn draw_numbers(&self) -> Vec<u32> {
        match (self.operation.what, self.origin) {
            (What::Formula(formula), _) => formula.draw_numbers().into_iter().collect(),
            (What::Rows(_, Additions { noise: true, .. }), _) | (_, Origin::Drawn(())) => vec![ONLY_DRAW],
            _ => Vec::new(),
        }
    }
}

impl Spec {
    /// What errors call the inputs.
    #[cfg(feature = "gpu")]
    pub(crate) fn input_names(&self) -> Vec<&'static str> {
        self.operation.ports().0.iter().map(|port| port.names()[0]).collect()
    }

    /// One direction of an activation in one storage type.
    #[must_use]
    pub fn new(kind: Kind, direction: Direction, storage: Storage) -> Self {
        Self::of(Operation::new(kind, direction), storage)
    }

    /// One direction of a gate in one storage type.
    #[must_use]
    pub fn gated(gate: impl Into<GateKind>, direction: Direction, storage: Storage) -> Self {
        Self::of(Operation::new(gate.into(), direction), storage)
    }

    /// A formula. Operands of a letter count as values for each element of a row, `Channels::new(width, 1)`, unless [`Spec::channels`]
    /// says something else.
    ///
    /// # Errors
    /// [`FormulaError::UnknownOperand`](crate::FormulaError::UnknownOperand),
    /// [`FormulaError::NotAnElement`](crate::FormulaError::NotAnElement) or
    /// [`FormulaError::TwoStorages`](crate::FormulaError::TwoStorages), for what `storages` says of names.
    pub fn formula(formula: &Formula, storages: impl Into<Storages>) -> Result<Self, Error> {
        Self::composed(Composed::of(formula), storages)
    }

    pub(crate) fn composed(
        composed: &'static Composed,
        storages: impl Into<Storages>,
    ) -> Result<Self, Error> {
        let (storage, floats) = composed.storages(&storages.into())?;
        let of = |view: &View| if *view == View::Single { Channels::ONE } else { Channels::new(64, 1) };
        let views = composed.views.iter().map(of);
        let origin =
            if composed.views.is_empty() { Origin::Values } else { Origin::Learned(Views::new(views)) };
        let operation = Operation { what: What::Formula(Handle(composed)), direction: Direction::Forward };
        Ok(Self { origin, floats, ..Self::of(operation, storage) })
    }

    /// With such channels for the operands of this letter of a formula.
    #[must_use]
    pub fn channels(self, letter: char, channels: Channels) -> Self {
        let (What::Formula(formula), Origin::Learned(views)) = (self.operation.what, self.origin) else {
            return self;
        };
        let of = |(view, own): (&View, Channels)| if *view == View::Channel(letter) { channels } else { own };
        Self { origin: Origin::Learned(Views::new(formula.views.iter().zip(views.iter()).map(of))), ..self }
    }

    /// With [`Parameters::learned`](crate::Parameters::learned), by such channels.
    #[must_use]
    pub const fn learned(self, channels: Channels) -> Self {
        Self { origin: Origin::Learned(Views::one(channels)), ..self }
    }

    /// With [`Parameters::drawn`](crate::Parameters::drawn).
    #[must_use]
    pub const fn drawn(self) -> Self {
        Self { origin: Origin::Drawn(()), ..self }
    }

    /// For `bind_accumulate`.
    #[must_use]
    pub const fn accumulating(self) -> Self {
        Self { accumulate: true, ..self }
    }

    /// What it is, in words: `gelu_erf forward`, `gated silu backward`.
    #[must_use]
    pub fn name(&self) -> String {
        self.operation.name()
    }

    /// The operands, as errors call them: what is read, then what is written. In buffers of their own, they are its bindings from
    /// number 1 on, in this order.
    #[must_use]
    pub fn operands(&self) -> Vec<&'static str> {
        let (inputs, outputs) = self.operation.ports();
        let ports = inputs.iter().chain(&outputs);
        ports.flat_map(|port| port.names().into_iter().take(port.variables().len())).collect()
    }

    /// What lies in the bindings from number 1 on, in buffers of their own, in words: `x (read)`, `y (written)`. Those are the
    /// [operands](Self::operands), then what elements share.
    ///
    /// ```
    /// use wgpu_activations::{Spec, Storage};
    /// let spec = Spec::formula(&"x = x * w[] + b[c]".parse()?, Storage::F32)?;
    /// assert_eq!(spec.bindings(), ["x (read)", "x (written)", "w[] (read)", "b[c] (read)"]);
    /// # Ok::<(), wgpu_activations::Error>(())
    /// ```
    #[must_use]
    pub fn bindings(&self) -> Vec<String> {
        let inputs = self.operation.ports().0;
        let read: usize = inputs.iter().map(|port| port.variables().len()).sum();
        let own = self.operands().into_iter().enumerate().map(|(place, name)| {
            let access = if place < read { "read" } else { "written" };
            format!("{name} ({access})")
        });
        let shared = match self.origin {
            Origin::Learned(_) => self.operation.what.arguments().shared(),
            _ => Vec::new(),
        };
        own.chain(shared.iter().map(|operand| format!("{} (read)", operand.written))).collect()
    }

    pub(crate) const fn of(operation: Operation, storage: Storage) -> Self {
        Self { operation, storage, origin: Origin::Values, accumulate: false, floats: 0 }
    }

    /// Whether there is such a kernel, for some parameters at least.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.operation.check()?;
        let (activation, arguments) = (self.operation.what.name(), self.operation.what.arguments());
        match self.origin {
            Origin::Learned(_) if arguments.shared().is_empty() => {
                Err(Error::NotLearnable { activation, index: 0 })
            }
            Origin::Drawn(()) if !arguments.draws() => Err(Error::NothingToDraw { activation }),
            _ => Ok(()),
        }
    }

    /// The same for a shader that takes these elements in words of this width: a compiled shader serves any number of channels.
    pub(crate) fn of_segment(&self, elements: Range<u64>, width: Width) -> Spec<Grain> {
        let Self { operation, storage, origin, accumulate, floats } = *self;
        let per_word = storage.per_word(width);
        let origin = origin.map(|views| views.grains(elements.clone(), per_word));
        Spec { operation, storage, origin, accumulate, floats }
    }
}

impl<C> Spec<C> {
    /// What results are rounded to: f32 where an operand or a result is f32 beside 16 bits, as sums are. Formulas may go on with what
    /// a function returns.
    pub(crate) fn precision(&self) -> Storage {
        let is_formula = matches!(self.operation.what, What::Formula(_));
        let of_row = self.operation.ports().1.iter().any(|output| output.of_row().is_some());
        if is_formula || of_row || self.operation.is_summed() { Storage::F32 } else { self.storage }
    }
}

impl From<(Kind, Direction, Storage)> for Spec {
    fn from((kind, direction, storage): (Kind, Direction, Storage)) -> Self {
        Self::new(kind, direction, storage)
    }
}
