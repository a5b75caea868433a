//! Functions of rows with what rows share.

use crate::operand::{Broadcast, Channels};
use crate::operation::{Additions, CrossEntropy, RowFunction, Sinks, Softmax};
use crate::table::rows::difference_words;

/// A softmax, and where its bias and its sinks lie, if it has such: in `V`, [`Span`](crate::Span)s on a device, slices of f32 on the CPU.
/// A [`Softmax`] is one without either.
///
/// ```
/// use wgpu_activations::cpu::Cpu;
/// use wgpu_activations::{Axis, Broadcast, Softmax};
/// let softmax = Softmax::new(Axis::last(3)).scaled(0.5)?;
/// let mask: &[f32] = &[0.0, 0.0, f32::NEG_INFINITY];
/// let mut y = [0.0; 6];
/// Cpu::new().softmax(softmax.biased(mask, Broadcast::COLUMNS), &[1.0_f32, 1.0, 9.0, 2.0, 2.0, 9.0], &mut y)?;
/// assert_eq!(y, [0.5, 0.5, 0.0, 0.5, 0.5, 0.0]);
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoftmaxParameters<V> {
    pub(crate) softmax: Softmax,
    pub(crate) bias: Option<(V, Broadcast)>,
    pub(crate) sinks: Option<(V, Channels)>,
}

/// A function of rows, and where what rows share lies: a [`Softmax`], [`SoftmaxParameters`], or a [`CrossEntropy`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowParameters<V> {
    pub(crate) function: RowFunction,
    pub(crate) bias: Option<(V, Broadcast)>,
    pub(crate) sinks: Option<(V, Channels)>,
}

impl Softmax {
    /// With a bias: softmax of s xₖ + bₖ. It is of f32 whatever the storage, and goes over the tensor as `broadcast` says. -∞ masks an
    /// element, whatever x is there, and 0 leaves it. (PyTorch's boolean masks have True where an element takes part: 0 there, -∞ elsewhere.)
    ///
    /// Results are as right as without one, where s x + b has a size of up to 2^20; beyond, it is rounded to f32, and it is infinite beyond
    /// f32. The gradient by a bias with a value for each element is dx / s; by one that is shared, the sum of that.
    #[must_use]
    pub fn biased<V>(self, bias: V, broadcast: Broadcast) -> SoftmaxParameters<V> {
        SoftmaxParameters::from(self).biased(bias, broadcast)
    }

    /// With a sink for each row from memory, in place of [`Softmax::with_sink`]'s one for all: f32s, which are not checked; -∞ is none.
    /// `channels` says which rows share one, as rows are counted in the tensor without the axis: of a shape (batch, heads, queries, keys)
    /// along the keys, `Channels::new(heads, queries)` is one for each head. A bias is not added to it.
    #[must_use]
    pub fn with_sinks<V>(self, sinks: V, channels: Channels) -> SoftmaxParameters<V> {
        SoftmaxParameters::from(self).with_sinks(sinks, channels)
    }
}

impl<V> SoftmaxParameters<V> {
    /// As [`Softmax::biased`], beside sinks.
    #[must_use]
    pub fn biased(self, bias: V, broadcast: Broadcast) -> Self {
        Self { bias: Some((bias, broadcast)), ..self }
    }

    /// As [`Softmax::with_sinks`], beside a bias.
    #[must_use]
    pub fn with_sinks(self, sinks: V, channels: Channels) -> Self {
        Self { sinks: Some((sinks, channels)), ..self }
    }
}

impl<V> RowParameters<V> {
    /// What the uniform holds. Of s x + b the largest is sought as it is; of s x as that of x, or of -x, whose size comes afterwards.
    pub(crate) fn arguments(&self) -> Vec<f32> {
        let mut arguments = self.function.arguments();
        if let (Some(_), [size, sign, ..]) = (&self.bias, &mut arguments[..]) {
            (*size, *sign) = (1.0, self.function.scale());
        }
        let size = arguments.first().copied().unwrap_or(1.0);
        arguments.extend(difference_words(size));
        arguments
    }

    /// What takes part beside, or in place of, all elements.
    pub(crate) fn additions(&self) -> Additions {
        let additions = self.function.additions();
        let sinks = if self.sinks.is_some() { Sinks::Rows } else { additions.sinks };
        Additions { bias: self.bias.is_some(), sinks, ..additions }
    }
}

impl<V> From<Softmax> for SoftmaxParameters<V> {
    fn from(softmax: Softmax) -> Self {
        Self { softmax, bias: None, sinks: None }
    }
}

impl<V> From<SoftmaxParameters<V>> for RowParameters<V> {
    fn from(SoftmaxParameters { softmax, bias, sinks }: SoftmaxParameters<V>) -> Self {
        Self { function: softmax.into(), bias, sinks }
    }
}

impl<V> From<RowFunction> for RowParameters<V> {
    fn from(function: RowFunction) -> Self {
        Self { function, bias: None, sinks: None }
    }
}

impl<V> From<Softmax> for RowParameters<V> {
    fn from(softmax: Softmax) -> Self {
        RowFunction::from(softmax).into()
    }
}

impl<V> From<CrossEntropy> for RowParameters<V> {
    fn from(cross_entropy: CrossEntropy) -> Self {
        RowFunction::from(cross_entropy).into()
    }
}
