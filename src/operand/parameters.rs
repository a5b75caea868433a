//! Where the parameters of a function come from.

use crate::error::Error;
use crate::operand::channels::Channels;
use crate::operand::span::{Memory, Span};
use crate::operation::{Function, Gate};
use crate::storage::Storage;
use crate::table::Activation;

/// A function, and where its parameters come from: its own values (`activation.into()`), learned values ([`Parameters::learned`]), or
/// random slopes ([`Parameters::drawn`]). Learned values lie in `V`: [`Span`]s on a device, slices on the CPU.
///
/// The function is an [`Activation`](crate::Activation) or a [`Gate`](crate::Gate). A gate that is a product has the parameters of its
/// activation.
///
/// ```
/// use wgpu_activations::cpu::{Cpu, Parameters};
/// use wgpu_activations::{Activation, Channels};
/// let slopes: [&[f32]; 1] = [&[0.5, 0.25]]; // a slice, or a Span, for each learnable parameter
/// let prelu = Parameters::learned(Activation::prelu(0.25)?, &slopes, Channels::new(2, 1));
/// let mut y = [0.0; 4];
/// Cpu::new().forward(prelu, &[-1.0_f32, -1.0, 2.0, -2.0], &mut y)?;
/// assert_eq!(y, [-0.5, -0.25, 2.0, -0.5]);
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a, V> {
    pub(crate) function: Function,
    pub(crate) origin: Origin<Learned<'a, V>, u64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Learned<'a, V> {
    pub(crate) values: &'a [V],
    pub(crate) channels: Channels,
}

/// Where parameters come from. `L` says what there is to know of learned ones: here, where they lie; of a kernel, which elements share
/// one; of a program, what its shader sees of that. `S` is the seed of drawn ones, where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Origin<L, S = ()> {
    /// From the uniform: one value each for all elements.
    Values,
    /// The learnable ones from memory, by the channel of each element.
    Learned(L),
    /// rrelu's slope in training, drawn for each element.
    Drawn(S),
}

/// What a step is given beside operands with an element each.
#[derive(Debug, Clone)]
pub(crate) struct Given<'a, B> {
    /// What the uniform holds.
    pub(crate) arguments: Vec<f32>,
    /// Where what elements share lies, in the order of [`Arguments::shared`](crate::operation::Arguments::shared).
    pub(crate) shared: Vec<Span<'a, B>>,
    /// Of what is drawn.
    pub(crate) seed: Option<u64>,
}

impl<B> Given<'_, B> {
    /// Nothing but this in the uniform.
    pub(crate) fn values(arguments: Vec<f32>) -> Self {
        Self { arguments, shared: Vec::new(), seed: None }
    }
}

impl<L, S> Origin<L, S> {
    /// The same, with something else known of learned ones and no seed.
    pub(crate) fn map<M>(self, of: impl FnOnce(L) -> M) -> Origin<M> {
        match self {
            Self::Values => Origin::Values,
            Self::Learned(learned) => Origin::Learned(of(learned)),
            Self::Drawn(_) => Origin::Drawn(()),
        }
    }
}

impl<'a, V> Parameters<'a, V> {
    /// With the learnable parameters from buffers, one range for each of [`Kind::learnable`](crate::Kind::learnable), in that order:
    /// one f32 per channel. Parameters that cannot be learned keep the function's own values. The values in buffers are not checked: snake with
    /// an alpha of 0 gives NaN.
    ///
    /// These ranges may share a buffer with anything, if they keep some distance from results
    /// ([`Error::TooClose`](crate::Error::TooClose)).
    #[must_use]
    pub fn learned(function: impl Into<Function>, values: &'a [V], channels: Channels) -> Self {
        Self { function: function.into(), origin: Origin::Learned(Learned { values, channels }) }
    }

    /// rrelu in training, by itself or as a gate: a slope for each element, drawn uniformly from `lower` to below `upper` by
    /// Philox4x32-10 from the seed and the element's number. Backward therefore draws the same slopes as forward, and
    /// [`rrelu_slope`](crate::rrelu_slope) returns them.
    #[must_use]
    pub fn drawn(rrelu: impl Into<Function>, seed: u64) -> Self {
        Self { function: rrelu.into(), origin: Origin::Drawn(seed) }
    }

    /// Those of the product that an activation stands for where a gate is wanted.
    pub(crate) fn gated(self) -> Self {
        Self { function: self.function.gated(), ..self }
    }

    /// The channels of learned parameters.
    pub(crate) fn channels(&self) -> Channels {
        match &self.origin {
            Origin::Learned(learned) => learned.channels,
            _ => Channels::ONE,
        }
    }

    /// What can be said of them and a tensor of so many elements; of learned ones, each by itself.
    pub(crate) fn check_by(
        &self,
        elements: u64,
        mut check: impl FnMut(&'static str, &V) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let what = self.function.what();
        match &self.origin {
            Origin::Values => Ok(()),
            Origin::Drawn(_) if what.arguments().draws() => Ok(()),
            Origin::Drawn(_) => Err(Error::NothingToDraw { activation: what.name() }),
            Origin::Learned(Learned { values, channels }) => {
                let names = what.arguments().learnable();
                let (expected, actual) = (names.len(), values.len());
                if actual != expected || actual == 0 {
                    return Err(Error::WrongParameters { activation: what.name(), expected, actual });
                }
                channels.check("x", elements)?;
                names.zip(*values).try_for_each(|(name, values)| check(name, values))
            }
        }
    }
}

impl<'a, B: Memory> Parameters<'a, Span<'a, B>> {
    /// What a step is given of them. What is drawn lies between the first two, and they are subtracted once, as on the CPU.
    pub(crate) fn given(&self) -> Given<'a, B> {
        let arguments = self.function.arguments();
        match (&self.origin, &arguments[..]) {
            (Origin::Drawn(seed), [lower, upper, ..]) => {
                Given { seed: Some(*seed), ..Given::values(vec![*lower, *upper, upper - lower]) }
            }
            (Origin::Learned(learned), _) => Given { arguments, shared: learned.values.to_vec(), seed: None },
            _ => Given::values(arguments),
        }
    }

    /// What can be said of them and a tensor of so many elements.
    pub(crate) fn check(&self, elements: u64) -> Result<(), Error> {
        let channels = self.channels().count();
        self.check_by(elements, |name, span| {
            span.check(name, Storage::F32)?;
            if span.row_layout(Storage::F32).is_some() {
                return Err(Error::RowsApart { operand: name });
            }
            Error::check_channels(name, channels, span.elements(Storage::F32))
        })
    }
}

impl<V> From<Function> for Parameters<'_, V> {
    fn from(function: Function) -> Self {
        Self { function, origin: Origin::Values }
    }
}

impl<V> From<Activation> for Parameters<'_, V> {
    fn from(activation: Activation) -> Self {
        Function::from(activation).into()
    }
}

impl<V> From<Gate> for Parameters<'_, V> {
    fn from(gate: Gate) -> Self {
        Function::from(gate).into()
    }
}
