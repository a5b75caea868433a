//! Kernels of gated functions: checks of their operands, and how a pair of operands is planned.

use crate::error::Error;
use crate::gate::{Gate, GateKind, Order, Packing, Pair, PairForm};
use crate::kernels::{Kernels, Shared};
use crate::plan::{Extent, Pitch, Width};
use crate::shader::Function;
use crate::span::Span;
use crate::step::{Builder, Place, Step, Task, check_length};
use crate::storage::Storage;
use crate::warm_up::WarmUp;

/// y of a value and a gate, ready to be bound to buffers: [`Kernels::gated_forward`].
#[derive(Debug, Clone)]
pub struct GatedForward(Gated);

/// d_value and d_gate in one pass, ready to be bound to buffers: [`Kernels::gated_backward`].
#[derive(Debug, Clone)]
pub struct GatedBackward(Gated);

impl GatedForward {
    pub(crate) fn new(kernels: &Kernels, gate: GateKind, storage: Storage) -> Result<Self, Error> {
        Gated::new(kernels, gate, storage, Function::GateForward(gate)).map(Self)
    }

    /// Which gated function.
    #[must_use]
    pub fn kind(&self) -> GateKind {
        self.0.gate
    }

    /// Prepares a step that computes y from a value and a gate. Record it as often as you like. y has as many elements as there are
    /// values. It may be exactly the range of the values or of the gates, where these have ranges of their own; else it must not
    /// overlap any. What [`Kernel::bind`](crate::Kernel::bind) says of buffers holds here.
    ///
    /// # Errors
    /// Those of [`Kernel::bind`](crate::Kernel::bind), and [`Error::OddSplit`], [`Error::NotDivisible`] and [`Error::HalfWord`] where a
    /// packed operand does not hold whole rows of values and gates.
    pub fn bind(&self, gate: Gate, inputs: Pair<Span<'_>>, y: Span<'_>) -> Result<Step, Error> {
        self.prepare(gate, inputs, y, false, None)
    }

    /// As [`GatedForward::bind`], but results are added to what y holds.
    ///
    /// # Errors
    /// As [`GatedForward::bind`].
    pub fn bind_accumulate(&self, gate: Gate, inputs: Pair<Span<'_>>, y: Span<'_>) -> Result<Step, Error> {
        self.prepare(gate, inputs, y, true, None)
    }

    /// Binds a step anew: see [`Kernel::rebind`](crate::Kernel::rebind).
    ///
    /// # Errors
    /// As [`GatedForward::bind`].
    pub fn rebind(
        &self,
        step: &mut Step,
        gate: Gate,
        inputs: Pair<Span<'_>>,
        y: Span<'_>,
    ) -> Result<(), Error> {
        *step = self.prepare(gate, inputs, y, step.accumulate, Some(step))?;
        Ok(())
    }

    fn prepare(
        &self,
        gate: Gate,
        inputs: Pair<Span<'_>>,
        y: Span<'_>,
        accumulate: bool,
        earlier: Option<&Step>,
    ) -> Result<Step, Error> {
        let storage = self.0.storage;
        let inputs = Operands::of_pair(inputs, storage, INPUTS)?;
        let y = Operands::of_one(y, storage, "y")?;
        self.0.prepare(gate, &[inputs], y, accumulate, earlier)
    }
}

impl GatedBackward {
    pub(crate) fn new(kernels: &Kernels, gate: GateKind, storage: Storage) -> Result<Self, Error> {
        Gated::new(kernels, gate, storage, Function::GateBackward(gate)).map(Self)
    }

    /// Which gated function.
    #[must_use]
    pub fn kind(&self) -> GateKind {
        self.0.gate
    }

    /// Prepares a step that computes the gradients by the value and by the gate. Record it as often as you like. dy has as many elements as
    /// there are values.
    ///
    /// The gradients may be arranged in another way than the inputs. They may lie over the inputs, or one of them over dy, each exactly
    /// in the range of one (in place; packed ones in the same layout). Else they must not overlap anything.
    ///
    /// # Errors
    /// As [`GatedForward::bind`], and [`Error::Rearranged`].
    pub fn bind(
        &self,
        gate: Gate,
        inputs: Pair<Span<'_>>,
        dy: Span<'_>,
        gradients: Pair<Span<'_>>,
    ) -> Result<Step, Error> {
        self.prepare(gate, inputs, dy, gradients, false, None)
    }

    /// As [`GatedBackward::bind`], but both results are added to what the gradients hold.
    ///
    /// # Errors
    /// As [`GatedBackward::bind`].
    pub fn bind_accumulate(
        &self,
        gate: Gate,
        inputs: Pair<Span<'_>>,
        dy: Span<'_>,
        gradients: Pair<Span<'_>>,
    ) -> Result<Step, Error> {
        self.prepare(gate, inputs, dy, gradients, true, None)
    }

    /// Binds a step anew: see [`Kernel::rebind`](crate::Kernel::rebind).
    ///
    /// # Errors
    /// As [`GatedBackward::bind`].
    pub fn rebind(
        &self,
        step: &mut Step,
        gate: Gate,
        inputs: Pair<Span<'_>>,
        dy: Span<'_>,
        gradients: Pair<Span<'_>>,
    ) -> Result<(), Error> {
        *step = self.prepare(gate, inputs, dy, gradients, step.accumulate, Some(step))?;
        Ok(())
    }

    fn prepare(
        &self,
        gate: Gate,
        inputs: Pair<Span<'_>>,
        dy: Span<'_>,
        gradients: Pair<Span<'_>>,
        accumulate: bool,
        earlier: Option<&Step>,
    ) -> Result<Step, Error> {
        let storage = self.0.storage;
        let inputs = Operands::of_pair(inputs, storage, INPUTS)?;
        let dy = Operands::of_one(dy, storage, "dy")?;
        let gradients = Operands::of_pair(gradients, storage, GRADIENTS)?;
        self.0.prepare(gate, &[inputs, dy], gradients, accumulate, earlier)
    }
}

/// What both directions have in common.
#[derive(Debug, Clone)]
struct Gated {
    kernels: Kernels,
    gate: GateKind,
    function: Function,
    storage: Storage,
}

impl Gated {
    /// Compiles the program that aligned buffers of their own need, as [`Kernels::forward`] does.
    fn new(kernels: &Kernels, gate: GateKind, storage: Storage, function: Function) -> Result<Self, Error> {
        kernels.shared.pipeline(WarmUp::of(function, storage).program(Width::Wide))?;
        Ok(Self { kernels: kernels.clone(), gate, function, storage })
    }

    fn prepare(
        &self,
        gate: Gate,
        inputs: &[Operands<'_>],
        outputs: Operands<'_>,
        accumulate: bool,
        earlier: Option<&Step>,
    ) -> Result<Step, Error> {
        if gate.kind() != self.gate {
            let (kernel, activation) = (self.gate.name(), gate.kind().name());
            return Err(Error::WrongKernel { kernel, activation });
        }
        let elements = inputs.first().map_or(0, |inputs| inputs.elements);
        for operands in inputs.iter().chain([&outputs]) {
            check_length(operands.named[0].0, elements, operands.elements)?;
        }
        outputs.check_overlap(inputs, self.storage)?;
        let row = inputs.iter().chain([&outputs]).find_map(|operands| operands.half).unwrap_or(0);
        let extent = Extent { row, ..Extent::new(elements, self.storage) };
        let read = inputs.iter().flat_map(|operands| operands.places(self.storage, false));
        let places: Vec<Place<'_>> = read.chain(outputs.places(self.storage, true)).collect();
        let arguments = gate.arguments();
        let task = Task {
            function: self.function,
            storage: self.storage,
            arguments: &arguments,
            learned: None,
            seed: None,
            accumulate,
        };
        let shared: &Shared = &self.kernels.shared;
        shared.watched("a step", || {
            let mut builder = Builder::new(shared, accumulate, earlier);
            builder.elementwise(task, &places, extent)?;
            Ok(builder.step)
        })?
    }
}

/// Names of a pair's parts, in errors: value, gate, both packed.
type Names = [&'static str; 3];
const INPUTS: Names = ["value", "gate", "x"];
const GRADIENTS: Names = ["d_value", "d_gate", "dx"];

/// An operand or a pair of them, checked by itself.
struct Operands<'a> {
    named: Vec<(&'static str, Span<'a>)>,
    packing: Option<Packing>,
    /// Half of the last dimension.
    half: Option<u64>,
    /// How many results go with it.
    elements: u64,
}

impl<'a> Operands<'a> {
    fn of_one(span: Span<'a>, storage: Storage, name: &'static str) -> Result<Self, Error> {
        span.check(name, storage)?;
        let elements = span.elements(storage);
        Ok(Self { named: vec![(name, span)], packing: None, half: None, elements })
    }

    fn of_pair(pair: Pair<Span<'a>>, storage: Storage, names: Names) -> Result<Self, Error> {
        match pair.0 {
            PairForm::Separate { value, gate } => {
                let both = Self::of_one(value, storage, names[0])?;
                let gates = Self::of_one(gate, storage, names[1])?;
                check_length(names[1], both.elements, gates.elements)?;
                let named = [both.named, gates.named].concat();
                Ok(Self { named, ..both })
            }
            PairForm::Packed { x, packing } => Self::of_packed(x, packing, storage, names[2]),
        }
    }

    fn of_packed(x: Span<'a>, packing: Packing, storage: Storage, name: &'static str) -> Result<Self, Error> {
        let one = Self::of_one(x, storage, name)?;
        let elements = packing.values(name, one.elements)?;
        match packing.half {
            Some(half) if !(half * storage.bytes()).is_multiple_of(4) => {
                Err(Error::HalfWord { operand: name, half })
            }
            half => Ok(Self { packing: Some(packing), half, elements, ..one }),
        }
    }

    /// As planning and shaders see it: the halves of rows are two operands.
    fn places(&self, storage: Storage, written: bool) -> Vec<Place<'a>> {
        let place = |span: Span<'a>, pitch| Place { span, pitch, written };
        let Some(Packing { order, half }) = self.packing else {
            return self.named.iter().map(|(_, span)| place(*span, Pitch::Contiguous)).collect();
        };
        let x = self.named[0].1;
        let Some(half) = half else {
            return vec![place(x, Pitch::Pairs(order))];
        };
        let second = Span::new(x.buffer(), x.byte_offset() + half * storage.bytes(), self.elements);
        let [value, gate] = match order {
            Order::ValueFirst => [x, second],
            Order::GateFirst => [second, x],
        };
        vec![place(value, Pitch::Rows), place(gate, Pitch::Rows)]
    }

    /// Whether these outputs may lie where they lie.
    fn check_overlap(&self, inputs: &[Operands<'_>], storage: Storage) -> Result<(), Error> {
        if let [(_, first), (output, second)] = self.named[..] {
            if first.overlaps(&second, storage) {
                return Err(Error::Overlap { output, input: self.named[0].0 });
            }
        }
        for (output, span) in &self.named {
            for operands in inputs {
                for (input, other) in &operands.named {
                    if span.overlaps_in_part(other, storage) {
                        return Err(Error::Overlap { output, input });
                    }
                    let one_layout =
                        self.half == operands.half && self.packing.is_some() == operands.packing.is_some();
                    if !one_layout && span.overlaps(other, storage) {
                        return Err(Error::Rearranged { output, input });
                    }
                }
            }
        }
        let dimension = |operands: &Operands<'_>| operands.half.map(|half| 2 * half);
        match (inputs.iter().find_map(dimension), dimension(self)) {
            (Some(expected), Some(actual)) => check_length("the last dimension of dx", expected, actual),
            _ => Ok(()),
        }
    }
}
