//! The operands of a step, as they are bound: each checked by itself, then against the others.

use crate::error::Error;
use crate::operand::pair::{Packing, Pair, PairForm, Pitch};
use crate::operand::span::{Rows, Span};
use crate::operation::{Order, Port};
use crate::storage::Storage;

/// What a kernel reads, or writes, as [`Kernel::bind`](crate::Kernel::bind) takes it.
///
/// [`Elements`] and [`Single`] are operands with an element each, [`Gated`] and [`GatedWithGradient`] begin with values and gates.
pub trait Operands: sealed::Sealed {
    /// Those of one step.
    type Of<'a>;

    #[doc(hidden)]
    fn forms<'a>(of: Self::Of<'a>) -> Vec<Form<'a>>;
}

/// What a kernel writes: one operand, [`Single`], or a pair of gradients, [`Gated`].
pub trait Output: Operands {
    #[doc(hidden)]
    fn form<'a>(of: Self::Of<'a>) -> Form<'a>;
}

/// So many operands: `[x]`, or `[x, dy]`.
#[derive(Debug, Clone, Copy)]
pub enum Elements<const COUNT: usize> {}

/// One operand: `y`.
#[derive(Debug, Clone, Copy)]
pub enum Single {}

/// Values and gates: a [`Pair`].
#[derive(Debug, Clone, Copy)]
pub enum Gated {}

/// Values and gates, and the gradient that arrives: `(pair, dy)`.
#[derive(Debug, Clone, Copy)]
pub enum GatedWithGradient {}

/// One operand, or a pair of them.
#[derive(Debug, Clone, Copy)]
pub enum Form<'a> {
    One(Span<'a>),
    Pair(Pair<Span<'a>>),
}

impl<const COUNT: usize> Operands for Elements<COUNT> {
    type Of<'a> = [Span<'a>; COUNT];

    fn forms<'a>(of: Self::Of<'a>) -> Vec<Form<'a>> {
        of.map(Form::One).into()
    }
}

impl Operands for Single {
    type Of<'a> = Span<'a>;

    fn forms<'a>(of: Self::Of<'a>) -> Vec<Form<'a>> {
        vec![Self::form(of)]
    }
}

impl Output for Single {
    fn form<'a>(of: Self::Of<'a>) -> Form<'a> {
        Form::One(of)
    }
}

impl Operands for Gated {
    type Of<'a> = Pair<Span<'a>>;

    fn forms<'a>(of: Self::Of<'a>) -> Vec<Form<'a>> {
        vec![Self::form(of)]
    }
}

impl Output for Gated {
    fn form<'a>(of: Self::Of<'a>) -> Form<'a> {
        Form::Pair(of)
    }
}

impl Operands for GatedWithGradient {
    type Of<'a> = (Pair<Span<'a>>, Span<'a>);

    fn forms<'a>((pair, dy): Self::Of<'a>) -> Vec<Form<'a>> {
        vec![Form::Pair(pair), Form::One(dy)]
    }
}

mod sealed {
    /// Which operands kernels have is known here alone.
    pub trait Sealed {}
    impl<const COUNT: usize> Sealed for super::Elements<COUNT> {}
    impl Sealed for super::Single {}
    impl Sealed for super::Gated {}
    impl Sealed for super::GatedWithGradient {}
}

/// A range of a buffer as planning and shaders see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) span: Span<'a>,
    pub(crate) pitch: Pitch,
    /// Bytes between rows, where there are such.
    pub(crate) gap: u64,
    pub(crate) written: bool,
}

impl<'a> Place<'a> {
    pub(crate) fn read(span: Span<'a>) -> Self {
        Self { span, pitch: Pitch::Contiguous, gap: 0, written: false }
    }
}

/// An operand or a pair of them, checked by itself.
pub(crate) struct Checked<'a> {
    /// What errors call each range.
    named: Vec<(&'static str, Span<'a>)>,
    packing: Option<Packing>,
    rows: Option<Rows>,
    storage: Storage,
    /// How many results go with it.
    pub(crate) elements: u64,
}

impl<'a> Checked<'a> {
    /// A form in the place of a port.
    pub(crate) fn new(port: &Port, form: Form<'a>, storage: Storage) -> Result<Self, Error> {
        let [first, second, both] = port.names();
        match form {
            Form::One(span) => Self::one(first, span, storage),
            Form::Pair(Pair(PairForm::Separate { value, gate })) => {
                let values = Self::one(first, value, storage)?;
                let gates = Self::one(second, gate, storage)?;
                Error::check_length(second, values.elements, gates.elements)?;
                let named = [values.named, gates.named].concat();
                Ok(Self { named, ..values })
            }
            Form::Pair(Pair(PairForm::Packed { x, packing })) => Self::packed(both, x, packing, storage),
        }
    }

    fn one(name: &'static str, span: Span<'a>, storage: Storage) -> Result<Self, Error> {
        span.check(name, storage)?;
        let elements = span.elements(storage);
        Ok(Self {
            named: vec![(name, span)],
            packing: None,
            rows: span.row_layout(storage),
            storage,
            elements,
        })
    }

    fn packed(name: &'static str, x: Span<'a>, packing: Packing, storage: Storage) -> Result<Self, Error> {
        let one = Self::one(name, x, storage)?;
        let elements = packing.values(name, one.elements)?;
        match packing.half {
            Some(half) if storage != Storage::F32 && !half.is_multiple_of(2) && elements > 0 => {
                Err(Error::HalfWord { operand: name, half })
            }
            _ => Ok(Self { packing: Some(packing), elements, ..one }),
        }
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> &'static str {
        self.named[0].0
    }

    /// Refuses rows with room between them.
    pub(crate) fn contiguous(self) -> Result<Self, Error> {
        let apart = |(_, span): &&(_, Span<'_>)| span.row_layout(self.storage).is_some();
        match self.named.iter().find(apart) {
            Some((operand, _)) => Err(Error::RowsApart { operand }),
            None => Ok(self),
        }
    }

    pub(crate) fn storage(&self) -> Storage {
        self.storage
    }

    /// Elements in a row, where there is room between rows.
    pub(crate) fn row(&self) -> Option<u64> {
        self.rows.map(|rows| rows.row)
    }

    /// Elements in a row, where rows of it are halves.
    pub(crate) fn half(&self) -> Option<u64> {
        self.packing.and_then(|packing| packing.half)
    }

    /// As planning and shaders see it beside operands of this storage.
    pub(crate) fn place_beside(&self, storage: Storage, written: bool) -> Place<'a> {
        let pitch = match self.rows {
            Some(_) => Pitch::Rows,
            None if self.storage == storage => Pitch::Contiguous,
            None => Pitch::Floats,
        };
        let gap = self.rows.map_or(0, |rows| rows.gap(self.storage));
        Place { span: self.named[0].1, pitch, gap, written }
    }

    /// As planning and shaders see it: the halves of rows are two ranges.
    pub(crate) fn places(&self, written: bool) -> Vec<Place<'a>> {
        let place = |span: Span<'a>, pitch| Place { span, pitch, gap: 0, written };
        let Some(Packing { order, half }) = self.packing else {
            return self.named.iter().map(|(_, span)| place(*span, Pitch::Contiguous)).collect();
        };
        let x = self.named[0].1;
        let Some(half) = half else {
            return vec![place(x, Pitch::Pairs(order))];
        };
        // Of no elements, a half may be longer than any buffer.
        let first_half = if self.elements == 0 { 0 } else { half * self.storage.bytes() };
        let second = Span::new(x.buffer(), x.byte_offset() + first_half, self.elements);
        let [value, gate] = match order {
            Order::ValueFirst => [x, second],
            Order::GateFirst => [second, x],
        };
        let half = |span: Span<'a>| Place { gap: first_half, ..place(span, Pitch::Rows) };
        vec![half(value), half(gate)]
    }

    /// Whether it may be written beside these other results: no two share anything.
    pub(crate) fn check_apart(&self, others: &[Checked<'_>]) -> Result<(), Error> {
        for other in others {
            for (output, span) in &self.named {
                let shared =
                    |(_, range): &&(_, Span<'_>)| span.overlaps(self.storage, (range, other.storage));
                if let Some((input, range)) = other.named.iter().find(shared) {
                    if !span.overlaps_in_part(self.storage, (range, other.storage)) {
                        return Err(Error::SameRange { one: input, other: output });
                    }
                    return Err(Error::Overlap { output, input });
                }
            }
        }
        Ok(())
    }

    /// Whether it may be written where it lies, beside these inputs.
    pub(crate) fn check_overlap(&self, inputs: &[Checked<'_>]) -> Result<(), Error> {
        if let [(first, one), (output, other)] = self.named[..] {
            let range = (&other, self.storage);
            if one.overlaps(self.storage, range) && !one.overlaps_in_part(self.storage, range) {
                return Err(Error::SameRange { one: first, other: output });
            }
            if one.overlaps(self.storage, range) {
                return Err(Error::Overlap { output, input: first });
            }
        }
        for input in inputs {
            self.check_over(input)?;
        }
        let dimension = |operand: &Checked<'_>| operand.packing.and_then(Packing::dimension);
        match (inputs.iter().find_map(dimension), dimension(self)) {
            (Some(expected), Some(actual)) => {
                Error::check_length("the last dimension of dx", expected, actual)
            }
            _ => Ok(()),
        }
    }

    fn check_over(&self, other: &Checked<'_>) -> Result<(), Error> {
        let one_layout = self.half() == other.half() && self.packing.is_some() == other.packing.is_some();
        for (output, span) in &self.named {
            for (input, range) in &other.named {
                let range = (range, other.storage);
                if span.overlaps_in_part(self.storage, range) {
                    return Err(Error::Overlap { output, input });
                }
                if !one_layout && span.overlaps(self.storage, range) {
                    return Err(Error::Rearranged { output, input });
                }
            }
        }
        Ok(())
    }
}
