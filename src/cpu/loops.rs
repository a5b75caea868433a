//! The loops: one a direction, compiled for each activation and instruction set.

use multiversion::multiversion;

use super::gated::{GateLoops, Product};
use super::pass::BLOCK;
use crate::table::row::MAX_PARAMETERS;

/// An activation's value and derivative at one point.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) value: f64,
    pub(crate) derivative: f64,
}

/// A row's parameters, the first as many as it has.
pub(crate) type Parameters = [f64; MAX_PARAMETERS];

/// The most parameters that an activation learns.
pub(super) const MAX_LEARNABLE: usize = 2;

/// An activation, one element at a time.
///
/// Everything is inlined into the loops, where what is not asked for disappears, and the rest is vectorised: no branches but
/// those that become selections, no calls.
pub(crate) trait Function {
    /// f(x) and f'(x).
    fn at(x: f64, parameters: Parameters) -> Pair;

    /// f'(f⁻¹(y)). The row says where it exists; elsewhere no one calls this.
    #[inline(always)]
    fn from_output(_: f64, _: Parameters) -> f64 {
        f64::NAN
    }

    /// The derivatives by the learnable parameters, in the row's order.
    #[inline(always)]
    fn by_parameter(_: f64, _: Parameters) -> [f64; MAX_LEARNABLE] {
        [f64::NAN; MAX_LEARNABLE]
    }
}

/// Where a loop finds the parameters of an element.
pub(super) trait Arguments {
    /// How many elements a call may have.
    const MOST: usize;

    fn at(&self, index: usize) -> Parameters;
}

/// The same for all.
pub(super) type Values = [f32; MAX_PARAMETERS];

impl Arguments for Values {
    const MOST: usize = usize::MAX;

    #[inline(always)]
    fn at(&self, _: usize) -> Parameters {
        self.map(f64::from)
    }
}

/// Each element's own: a column for each parameter.
pub(super) type Columns = [[f32; BLOCK]; MAX_PARAMETERS];

impl Arguments for Columns {
    const MOST: usize = BLOCK;

    #[inline(always)]
    fn at(&self, index: usize) -> Parameters {
        self.each_ref().map(|column| column[index].into())
    }
}

/// A loop over elements that share their parameters, and where these may be learned or drawn, one over elements of which each
/// has its own.
#[derive(Clone, Copy)]
pub(super) struct Loop<Shared, Own> {
    pub(super) shared: Shared,
    pub(super) own: Option<Own>,
}

pub(super) type Forward = Loop<ForwardOf<Values>, ForwardOf<Columns>>;
pub(super) type Backward = Loop<BackwardOf<Values>, BackwardOf<Columns>>;
type ForwardOf<A> = fn(&A, &[f32], &mut [f32]);
type BackwardOf<A> = fn(&A, &[f32], &[f32], &mut [f32]);

/// The loops of one activation. All slices of a call have one length.
pub(crate) struct Loops {
    pub(super) forward: Forward,
    pub(super) backward: Backward,
    pub(super) from_output: Backward,
    pub(super) by_parameter: [Backward; MAX_LEARNABLE],
    pub(super) gated: GateLoops,
}

impl Loops {
    /// `varies`: whether parameters may differ from one element to the next. What is not made here is not compiled.
    pub(crate) const fn of<F: Function>(varies: bool) -> Self {
        Self {
            forward: Loop {
                shared: forward::<F, Values>,
                own: if varies { Some(forward::<F, Columns>) } else { None },
            },
            backward: backward_loop::<F, At>(varies),
            from_output: backward_loop::<F, FromOutput>(varies),
            by_parameter: [
                backward_loop::<F, ByParameter<0>>(varies),
                backward_loop::<F, ByParameter<1>>(varies),
            ],
            gated: GateLoops::of::<Product<F>>(),
        }
    }
}

const fn backward_loop<F: Function, D: Derivative>(varies: bool) -> Backward {
    Loop {
        shared: |arguments, x, dy, dx| backward::<F, D, Values>(arguments, x, dy, dx),
        own: if varies {
            Some(|arguments, x, dy, dx| backward::<F, D, Columns>(arguments, x, dy, dx))
        } else {
            None
        },
    }
}

#[multiversion(targets = "simd")]
fn forward<F: Function, A: Arguments>(arguments: &A, x: &[f32], y: &mut [f32]) {
    // Says that no index lies outside.
    let x = &x[..x.len().min(A::MOST)];
    for (index, (&x, y)) in x.iter().zip(y).enumerate() {
        let value = F::at(x.into(), arguments.at(index)).value as f32;
        *y = if x.is_nan() { x } else { value };
    }
}

/// Which derivative of an activation.
trait Derivative {
    fn at<F: Function>(x: f64, parameters: Parameters) -> f64;
}

struct At;

impl Derivative for At {
    #[inline(always)]
    fn at<F: Function>(x: f64, parameters: Parameters) -> f64 {
        F::at(x, parameters).derivative
    }
}

struct FromOutput;

impl Derivative for FromOutput {
    #[inline(always)]
    fn at<F: Function>(y: f64, parameters: Parameters) -> f64 {
        F::from_output(y, parameters)
    }
}

struct ByParameter<const INDEX: usize>;

impl<const INDEX: usize> Derivative for ByParameter<INDEX> {
    #[inline(always)]
    fn at<F: Function>(x: f64, parameters: Parameters) -> f64 {
        F::by_parameter(x, parameters)[INDEX]
    }
}

#[multiversion(targets = "simd")]
fn backward<F: Function, D: Derivative, A: Arguments>(arguments: &A, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let x = &x[..x.len().min(A::MOST)];
    for (index, ((&x, &dy), dx)) in x.iter().zip(dy).zip(dx).enumerate() {
        let derivative = D::at::<F>(x.into(), arguments.at(index));
        // The product of two f64 that were f32 overflows nothing; a derivative of 0 stops NaN and infinity, too.
        let product = (derivative * f64::from(dy)) as f32;
        let gradient = if derivative == 0.0 { 0.0 } else { product };
        *dx = if x.is_nan() { x } else { gradient };
    }
}

macro_rules! cpu_loops {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident, $name:ident [$($constant:ident)?] ($($parameter:ident $(= $default:literal)?),*) {
            aliases: [$($alias:literal),*],
            source: $source:literal,
            $($field:ident: $value:expr),* $(,)?
        }
    )*) => {
        /// The loops of every activation, in the order of the table.
        pub(super) static CPU_LOOPS: &[Loops] = &[
            $(Loops::of::<super::functions::$variant>(crate::table::rows::ROWS[crate::Kind::$variant as usize].varies())),*
        ];
    };
}
crate::table::rows::for_each_activation!(cpu_loops);
