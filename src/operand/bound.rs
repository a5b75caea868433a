//! What a formula's names are bound to.

use std::marker::PhantomData;

use crate::operand::channels::Channels;
use crate::operand::span::{Memory, Span};

/// What a name of a formula is bound to: a range of a buffer, for an operand or a result with an element each (`x`); one with channels
/// (`bias[c]`); a single value in a buffer (`w[]`); the value of a parameter; or a seed.
///
/// ```
/// use wgpu_activations::{Channels, Operand, Span};
///
/// fn operands<'a>(x: &'a wgpu::Buffer, bias: &'a wgpu::Buffer) -> [(&'static str, Operand<'a>); 3] {
///     // A dense layer's rows of 4096: an inner size of 1.
///     let bias = Operand::channels(Span::all(bias), Channels::new(4096, 1));
///     [("x", Span::all(x).into()), ("bias", bias), ("k", 1.5.into())]
/// }
/// ```
///
/// It lies in `V`: [`Span`]s on a device, slices on the CPU.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'a, V>(pub(crate) What<V>, PhantomData<&'a ()>);

#[derive(Debug, Clone, Copy)]
pub(crate) enum What<V> {
    Span(V),
    Channels(V, Channels),
    Single(V),
    Value(f32),
    Seed(u64),
}

impl<V> Operand<'_, V> {
    pub(crate) const fn new(what: What<V>) -> Self {
        Self(what, PhantomData)
    }

    /// One f32 for each channel, and how the tensor is seen as (outer, channels, inner). Operands with the same letter have the same channels.
    #[must_use]
    pub fn channels(values: impl Into<V>, channels: Channels) -> Self {
        Self::new(What::Channels(values.into(), channels))
    }

    /// One f32 for all elements.
    #[must_use]
    pub fn single(value: impl Into<V>) -> Self {
        Self::new(What::Single(value.into()))
    }

    /// What dropout draws by; it is bound by the name `seed`.
    #[must_use]
    pub fn seed(seed: u64) -> Self {
        Self::new(What::Seed(seed))
    }

    /// As errors have it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.0 {
            What::Span(_) => "a range",
            What::Channels(..) => "a range with channels",
            What::Single(_) => "a single value",
            What::Value(_) => "a number",
            What::Seed(_) => "a seed",
        }
    }
}

impl<'a, B: Memory> From<Span<'a, B>> for Operand<'a, Span<'a, B>> {
    fn from(span: Span<'a, B>) -> Self {
        Self::new(What::Span(span))
    }
}

impl<V> From<f32> for Operand<'_, V> {
    fn from(value: f32) -> Self {
        Self::new(What::Value(value))
    }
}
