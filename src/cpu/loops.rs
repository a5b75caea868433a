//! The loops: one for each pass over elements, compiled for each function and instruction set.

use std::marker::PhantomData;

use multiversion::multiversion;

use super::functions;
use super::gated::{ClampedSwiglu, GateScalar, Product, SituGlu, SwigluStep};
use super::math::{keep_nan, times};
use super::scalar::{
    ByInput, ByParameter, BySecond, Coefficients, Derivative, FromOutput, MAX_LEARNABLE, Mixed, Nothing,
    Scalar, Values,
};
use crate::operation::GateKind;
use crate::table::row::{Learnable, MAX_PARAMETERS, Row, Second};
use crate::table::rows::{ROWS, for_each_activation};

/// How many elements a block has: a few kilobytes, which stay in the first-level cache.
pub(super) const BLOCK: usize = 1024;

/// Where a loop finds the parameters of an element.
pub(super) trait ByElement {
    /// How many elements a call may have.
    const MOST: usize;

    fn at(&self, index: usize) -> Coefficients;
}

/// The same for all.
impl ByElement for Values {
    const MOST: usize = usize::MAX;

    #[inline(always)]
    fn at(&self, _: usize) -> Coefficients {
        self.map(f64::from)
    }
}

/// Each element's own: a column for each parameter.
pub(super) type Columns = [[f32; BLOCK]; MAX_PARAMETERS];

impl ByElement for Columns {
    const MOST: usize = BLOCK;

    #[inline(always)]
    fn at(&self, index: usize) -> Coefficients {
        self.each_ref().map(|column| column[index].into())
    }
}

/// No parameters.
impl ByElement for () {
    const MOST: usize = usize::MAX;

    #[inline(always)]
    fn at(&self, _: usize) -> Coefficients {
        [0.0; MAX_PARAMETERS]
    }
}

/// What a loop makes of N inputs' elements of one number: M results. All are f32, but within a formula f64.
pub(super) trait Point<E, const N: usize, const M: usize> {
    fn at(inputs: [E; N], parameters: Coefficients) -> [E; M];
}

#[multiversion(targets = "simd")]
pub(super) fn run<E: Copy + Default, P: Point<E, N, M>, A: ByElement, const N: usize, const M: usize>(
    arguments: &A,
    inputs: [&[E]; N],
    outputs: [&mut [E]; M],
) {
    // Says that no index lies outside. (Loops, not `array::map`: that is compiled anew for each function, direction and instruction set.)
    let elements = inputs[0].len().min(A::MOST);
    let (mut inputs, mut outputs) = (inputs, outputs);
    for input in &mut inputs {
        *input = &input[..elements];
    }
    for output in &mut outputs {
        *output = &mut std::mem::take(output)[..elements];
    }
    for index in 0..elements {
        let mut point = [E::default(); N];
        for input in 0..N {
            point[input] = inputs[input][index];
        }
        let results = P::at(point, arguments.at(index));
        for output in 0..M {
            outputs[output][index] = results[output];
        }
    }
}

/// y of x
struct Forward<F>(PhantomData<F>);

impl<F: Scalar> Point<f32, 1, 1> for Forward<F> {
    #[inline(always)]
    fn at([x]: [f32; 1], parameters: Coefficients) -> [f32; 1] {
        [keep_nan(x, F::at(x.into(), parameters).value)]
    }
}

/// dx of x and dy. The product of two f64 that were f32 overflows nothing; a derivative of 0 stops NaN and infinity.
struct Backward<F, D>(PhantomData<(F, D)>);

impl<F: Scalar, D: Derivative> Point<f32, 2, 1> for Backward<F, D> {
    #[inline(always)]
    fn at([x, dy]: [f32; 2], parameters: Coefficients) -> [f32; 1] {
        [keep_nan(x, times(D::at::<F>(x.into(), parameters), dy.into()))]
    }
}

/// y of a value and a gate
struct GatedForward<G>(PhantomData<G>);

impl<G: GateScalar> Point<f32, 2, 1> for GatedForward<G> {
    #[inline(always)]
    fn at([value, gate]: [f32; 2], parameters: Coefficients) -> [f32; 1] {
        [keep_nan(gate, G::at(value.into(), gate.into(), parameters).y)]
    }
}

/// d_value and d_gate of a value, a gate and dy
struct GatedBackward<G>(PhantomData<G>);

impl<G: GateScalar> Point<f32, 3, 2> for GatedBackward<G> {
    #[inline(always)]
    fn at([value, gate, dy]: [f32; 3], parameters: Coefficients) -> [f32; 2] {
        let result = G::at(value.into(), gate.into(), parameters);
        [result.by_value, result.by_gate].map(|derivative| keep_nan(gate, times(derivative, dy.into())))
    }
}

/// dw of a value, a gate and dy, w being a parameter of the activation
struct GatedByParameter<F, D>(PhantomData<(F, D)>);

impl<F: Scalar, D: Derivative> Point<f32, 3, 1> for GatedByParameter<F, D> {
    #[inline(always)]
    fn at([value, gate, dy]: [f32; 3], parameters: Coefficients) -> [f32; 1] {
        let derivative = Product::<F>::by_parameter::<D>(value.into(), gate.into(), parameters);
        [keep_nan(gate, times(derivative, dy.into()))]
    }
}

type Run<E, A, const N: usize, const M: usize> = fn(&A, [&[E]; N], [&mut [E]; M]);

/// How many columns a node of a formula is computed of at most: x, parameters, and what arrives.
const VALUE_INPUTS: usize = 1 + MAX_PARAMETERS;
const SLOPE_INPUTS: usize = 2 + MAX_PARAMETERS;

/// The value as a node of a formula, of x and parameters: not rounded.
struct NodeValue<F>(PhantomData<F>);

impl<F: Scalar> Point<f64, VALUE_INPUTS, 1> for NodeValue<F> {
    #[inline(always)]
    fn at([x, parameters @ ..]: [f64; VALUE_INPUTS], _: Coefficients) -> [f64; 1] {
        [if x.is_nan() { x } else { F::at(x, parameters).value }]
    }
}

/// A derivative as a node of a formula, times what arrives: of x, that, and parameters.
struct NodeSlope<F, D>(PhantomData<(F, D)>);

impl<F: Scalar, D: Derivative> Point<f64, SLOPE_INPUTS, 1> for NodeSlope<F, D> {
    #[inline(always)]
    fn at([x, dy, parameters @ ..]: [f64; SLOPE_INPUTS], _: Coefficients) -> [f64; 1] {
        [if x.is_nan() { x } else { times(D::at::<F>(x, parameters), dy) }]
    }
}

/// A loop over elements that share their parameters, and where these may be learned or drawn, one over elements of which each
/// has its own. All slices of a call have one length.
#[derive(Clone, Copy)]
pub(super) struct Loop<const N: usize, const M: usize> {
    pub(super) shared: Run<f32, Values, N, M>,
    pub(super) own: Option<Run<f32, Columns, N, M>>,
}

impl<const N: usize, const M: usize> Loop<N, M> {
    const fn of<P: Point<f32, N, M>>(varies: bool) -> Self {
        Self {
            shared: run::<f32, P, Values, N, M>,
            own: if varies { Some(run::<f32, P, Columns, N, M>) } else { None },
        }
    }

    const fn if_any<P: Point<f32, N, M>>(any: bool, varies: bool) -> Option<Self> {
        if any { Some(Self::of::<P>(varies)) } else { None }
    }
}

impl Loop<1, 1> {
    const fn forward<F: Scalar>(varies: bool) -> Self {
        match F::FORWARD {
            Some(shared) => Self { shared, own: None },
            None => Self::of::<Forward<F>>(varies),
        }
    }
}

/// A loop over a node's columns.
pub(super) type NodeLoop<const N: usize> = Run<f64, (), N, 1>;

/// The loops of an activation within formulas.
pub(super) struct NodeLoops {
    pub(super) value: NodeLoop<VALUE_INPUTS>,
    pub(super) slope: NodeLoop<SLOPE_INPUTS>,
    pub(super) by_parameter: [Option<NodeLoop<SLOPE_INPUTS>>; MAX_LEARNABLE],
    pub(super) second: Option<NodeLoop<SLOPE_INPUTS>>,
    pub(super) mixed: [Option<NodeLoop<SLOPE_INPUTS>>; MAX_LEARNABLE],
}

impl NodeLoops {
    const fn of<F: Scalar>(row: &Row) -> Self {
        let learnable = row.learnable.len();
        Self {
            value: run::<f64, NodeValue<F>, (), VALUE_INPUTS, 1>,
            slope: run::<f64, NodeSlope<F, ByInput>, (), SLOPE_INPUTS, 1>,
            by_parameter: [
                Self::if_any::<F, ByParameter<0>>(learnable > 0),
                Self::if_any::<F, ByParameter<1>>(learnable > 1),
            ],
            second: Self::if_any::<F, BySecond>(row.second.is_some()),
            mixed: [
                Self::if_any::<F, Mixed<0>>(learnable > 0 && row.learnable[0].mixed.is_some()),
                Self::if_any::<F, Mixed<1>>(learnable > 1 && row.learnable[1].mixed.is_some()),
            ],
        }
    }

    const fn if_any<F: Scalar, D: Derivative>(any: bool) -> Option<NodeLoop<SLOPE_INPUTS>> {
        if any { Some(run::<f64, NodeSlope<F, D>, (), SLOPE_INPUTS, 1>) } else { None }
    }
}

/// The loops of one activation: those that its row has. Others are not compiled.
pub(super) struct Loops {
    pub(super) forward: Loop<1, 1>,
    pub(super) backward: Loop<2, 1>,
    pub(super) from_output: Option<Loop<2, 1>>,
    pub(super) by_parameter: [Option<Loop<2, 1>>; MAX_LEARNABLE],
    pub(super) second: Loop<2, 1>,
    pub(super) mixed: [Option<Loop<2, 1>>; MAX_LEARNABLE],
    pub(super) gated: GateLoops,
    pub(super) node: NodeLoops,
}

/// The loops of one gated function.
pub(super) struct GateLoops {
    pub(super) forward: Loop<2, 1>,
    pub(super) backward: Loop<3, 2>,
    pub(super) by_parameter: [Option<Loop<3, 1>>; MAX_LEARNABLE],
}

impl Loops {
    const fn of<F: Scalar>(row: &Row) -> Self {
        let (varies, learnable) = (row.varies(), row.learnable.len());
        Self {
            forward: Loop::forward::<F>(varies),
            backward: Loop::of::<Backward<F, ByInput>>(varies),
            from_output: Loop::if_any::<Backward<F, FromOutput>>(row.from_output.is_some(), varies),
            by_parameter: [
                Loop::if_any::<Backward<F, ByParameter<0>>>(learnable > 0, varies),
                Loop::if_any::<Backward<F, ByParameter<1>>>(learnable > 1, varies),
            ],
            second: Self::second::<F, BySecond>(row.second.as_ref(), varies),
            mixed: [
                if learnable > 0 { Self::mixed::<F, Mixed<0>>(&row.learnable[0], varies) } else { None },
                if learnable > 1 { Self::mixed::<F, Mixed<1>>(&row.learnable[1], varies) } else { None },
            ],
            gated: GateLoops {
                forward: Loop::of::<GatedForward<Product<F>>>(varies),
                backward: Loop::of::<GatedBackward<Product<F>>>(varies),
                by_parameter: [
                    Loop::if_any::<GatedByParameter<F, ByParameter<0>>>(learnable > 0, varies),
                    Loop::if_any::<GatedByParameter<F, ByParameter<1>>>(learnable > 1, varies),
                ],
            },
            node: NodeLoops::of::<F>(row),
        }
    }

    /// That of a second derivative. Those that are 0 are one loop.
    const fn second<F: Scalar, D: Derivative>(second: Option<&Second>, varies: bool) -> Loop<2, 1> {
        match second {
            Some(_) => Loop::of::<Backward<F, D>>(varies),
            None => Loop::of::<Backward<functions::Identity, Nothing>>(varies),
        }
    }

    const fn mixed<F: Scalar, D: Derivative>(learnable: &Learnable, varies: bool) -> Option<Loop<2, 1>> {
        Some(Self::second::<F, D>(learnable.mixed.as_ref(), varies))
    }
}

impl GateLoops {
    /// Those of a gate that is no product.
    const fn own<G: GateScalar>() -> Self {
        Self {
            forward: Loop::of::<GatedForward<G>>(false),
            backward: Loop::of::<GatedBackward<G>>(false),
            by_parameter: [None; MAX_LEARNABLE],
        }
    }
}

/// Those of a gate: of a product, its activation's.
pub(super) fn gate_loops(kind: GateKind) -> &'static GateLoops {
    static CLAMPED_SWIGLU: GateLoops = GateLoops::own::<ClampedSwiglu>();
    static SWIGLU_STEP: GateLoops = GateLoops::own::<SwigluStep>();
    static SITU_GLU: GateLoops = GateLoops::own::<SituGlu>();
    match kind {
        GateKind::Product(kind) => &LOOPS[kind as usize].gated,
        GateKind::ClampedSwiglu => &CLAMPED_SWIGLU,
        GateKind::SwigluStep => &SWIGLU_STEP,
        GateKind::SituGlu => &SITU_GLU,
    }
}

/// Each row's loops are those of the function of its variant's name.
macro_rules! loops_of_rows {
    ($(
        $(#[doc = $doc:literal])+
        $variant:ident, $name:ident [$($constant:ident)?] ($($parameter:ident $(= $default:literal)?),*) { $($row:tt)* }
    )*) => {
        /// In the order of the rows.
        pub(super) static LOOPS: &[Loops] =
            &[$(Loops::of::<functions::$variant>(&ROWS[crate::Kind::$variant as usize])),*];
    };
}
for_each_activation!(loops_of_rows);
