//! The operands of a step, as they are bound: each checked by itself, then against the others.

use crate::error::Error;
use crate::operand::pair::{Packing, Pair, PairForm, Pitch};
use crate::operand::span::{Memory, Rows, Span};
use crate::operation::{Order, Port};
use crate::storage::Storage;

/// What a kernel reads, or writes, as [`Kernel::bind`](crate::Kernel::bind) takes it.
///
/// [`Elements`] and [`Single`] are operands with an element each, [`Gated`] and [`GatedWithGradient`] begin with values and gates.
pub trait Operands: sealed::Sealed {
    /// Those of one step, in buffers of this type.
    type Of<'a, B: 'a>;

    #[doc(hidden)]
    fn forms<'a, B>(of: Self::Of<'a, B>) -> Vec<Form<'a, B>>;
}

/// What a kernel writes: one operand, [`Single`], or a pair of gradients, [`Gated`].
pub trait Output: Operands {
    #[doc(hidden)]
    fn form<'a, B>(of: Self::Of<'a, B>) -> Form<'a, B>;
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
#[derive(Debug)]
pub enum Form<'a, B> {
    /// A range.
    One(Span<'a, B>),
    /// Values and gates.
    Pair(Pair<Span<'a, B>>),
}

impl<B> Form<'_, B> {
    pub(crate) fn is_pair(&self) -> bool {
        matches!(self, Self::Pair(_))
    }
}

impl<'a, B> From<Span<'a, B>> for Form<'a, B> {
    fn from(span: Span<'a, B>) -> Self {
        Self::One(span)
    }
}

impl<'a, B> From<Pair<Span<'a, B>>> for Form<'a, B> {
    fn from(pair: Pair<Span<'a, B>>) -> Self {
        Self::Pair(pair)
    }
}

impl<B> Clone for Form<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Form<'_, B> {}

impl<const COUNT: usize> Operands for Elements<COUNT> {
    type Of<'a, B: 'a> = [Span<'a, B>; COUNT];

    fn forms<'a, B>(of: Self::Of<'a, B>) -> Vec<Form<'a, B>> {
        of.map(Form::One).into()
    }
}

impl Operands for Single {
    type Of<'a, B: 'a> = Span<'a, B>;

    fn forms<'a, B>(of: Self::Of<'a, B>) -> Vec<Form<'a, B>> {
        vec![Self::form(of)]
    }
}

impl Output for Single {
    fn form<'a, B>(of: Self::Of<'a, B>) -> Form<'a, B> {
        Form::One(of)
    }
}

impl Operands for Gated {
    type Of<'a, B: 'a> = Pair<Span<'a, B>>;

    fn forms<'a, B>(of: Self::Of<'a, B>) -> Vec<Form<'a, B>> {
        vec![Self::form(of)]
    }
}

impl Output for Gated {
    fn form<'a, B>(of: Self::Of<'a, B>) -> Form<'a, B> {
        Form::Pair(of)
    }
}

impl Operands for GatedWithGradient {
    type Of<'a, B: 'a> = (Pair<Span<'a, B>>, Span<'a, B>);

    fn forms<'a, B>((pair, dy): Self::Of<'a, B>) -> Vec<Form<'a, B>> {
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
#[derive(Debug)]
pub(crate) struct Place<'a, B> {
    pub(crate) span: Span<'a, B>,
    pub(crate) pitch: Pitch,
    /// Bytes between rows, where there are such.
    pub(crate) gap: u64,
    pub(crate) written: bool,
}

/// An operand or a pair of them, checked by itself.
pub(crate) struct Checked<'a, B> {
    /// What errors call each range.
    named: Vec<(&'static str, Span<'a, B>)>,
    packing: Option<Packing>,
    rows: Option<Rows>,
    storage: Storage,
    /// How many results go with it.
    pub(crate) elements: u64,
}

impl<'a, B: Memory> Checked<'a, B> {
    /// A form in the place of a port.
    pub(crate) fn new(port: &Port, form: Form<'a, B>, storage: Storage) -> Result<Self, Error> {
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

    fn one(name: &'static str, span: Span<'a, B>, storage: Storage) -> Result<Self, Error> {
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

    fn packed(name: &'static str, x: Span<'a, B>, packing: Packing, storage: Storage) -> Result<Self, Error> {
        let one = Self::one(name, x, storage)?;
        let elements = packing.values(name, one.elements)?;
        Ok(Self { packing: Some(packing), elements, ..one })
    }

    /// How the elements of one of its ranges follow each other.
    fn pitch(&self, span: &Span<'a, B>) -> Pitch {
        let odd =
            span.is_odd(self.storage) || self.half().is_some_and(|half| !self.storage.fills_words(half));
        match self.packing {
            Some(Packing { order, half: None }) if odd => Pitch::OddPairs(order),
            Some(Packing { order, half: None }) => Pitch::Pairs(order),
            _ if odd => Pitch::OddRows,
            None if self.rows.is_none() => Pitch::Contiguous,
            _ => Pitch::Rows,
        }
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> &'static str {
        self.named[0].0
    }

    /// Refuses rows with room between them.
    pub(crate) fn contiguous(self) -> Result<Self, Error> {
        let apart = |(_, span): &&(_, Span<'_, B>)| span.row_layout(self.storage).is_some();
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
    pub(crate) fn place_beside(&self, storage: Storage, written: bool) -> Place<'a, B> {
        let span = self.named[0].1;
        let pitch = if self.storage == storage { self.pitch(&span) } else { Pitch::Floats };
        let gap = self.rows.map_or(0, |rows| rows.gap(self.storage));
        Place { span, pitch, gap, written }
    }

    /// As planning and shaders see it: the halves of rows are two ranges.
    pub(crate) fn places(&self, written: bool) -> Vec<Place<'a, B>> {
        let place = |span: Span<'a, B>| Place { span, pitch: self.pitch(&span), gap: 0, written };
        let Some(Packing { order, half: Some(half) }) = self.packing else {
            return self.named.iter().map(|(_, span)| place(*span)).collect();
        };
        let x = self.named[0].1;
        // Of no elements, a half may be longer than any buffer.
        let first_half = if self.elements == 0 { 0 } else { half * self.storage.bytes() };
        let second = Span::new(x.buffer(), x.byte_offset() + first_half, self.elements);
        let [value, gate] = match order {
            Order::ValueFirst => [x, second],
            Order::GateFirst => [second, x],
        };
        let half = |span: Span<'a, B>| Place { gap: first_half, pitch: self.pitch(&x), ..place(span) };
        vec![half(value), half(gate)]
    }

    /// Whether it may be written beside these other results: no two share anything.
    pub(crate) fn check_apart(&self, others: &[Checked<'_, B>]) -> Result<(), Error> {
        for other in others {
            for (output, span) in &self.named {
                let shared =
                    |(_, range): &&(_, Span<'_, B>)| span.overlaps(self.storage, (range, other.storage));
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
    pub(crate) fn check_overlap(&self, inputs: &[Checked<'_, B>]) -> Result<(), Error> {
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
        let dimension = |operand: &Checked<'_, B>| operand.packing.and_then(Packing::dimension);
        match (inputs.iter().find_map(dimension), dimension(self)) {
            (Some(expected), Some(actual)) => {
                Error::check_length("the last dimension of dx", expected, actual)
            }
            _ => Ok(()),
        }
    }

    /// Refuses any byte in common with what is read after some of this is written.
    pub(crate) fn check_disjoint<'c>(
        &self,
        inputs: impl IntoIterator<Item = &'c Checked<'a, B>>,
    ) -> Result<(), Error>
    where
        'a: 'c,
        B: 'c,
    {
        for other in inputs {
            for (output, span) in &self.named {
                let shared =
                    |(_, range): &&(_, Span<'_, B>)| span.overlaps(self.storage, (range, other.storage));
                if let Some((input, _)) = other.named.iter().find(shared) {
                    return Err(Error::Shared { output, input });
                }
            }
        }
        Ok(())
    }

    fn check_over(&self, other: &Checked<'_, B>) -> Result<(), Error> {
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
