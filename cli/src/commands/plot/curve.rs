//! Curves from values that the adapter computed: pieces between kinks, and what happens at each kink.

use anyhow::Result;
use wgpu_activations::Gpu;

use super::axis::Interval;
use super::function::{Function, Values};
use super::layer::Layer;

pub(crate) type Point = (f64, f64);

/// How many points a curve has, at least.
const POINTS: f64 = 2000.0;
/// How far from a kink its two sides are looked at, as a part of the interval: nothing to the eye, and no subnormal
/// beside 0, which an adapter may take for 0.
const BESIDE: f64 = 1.0 / (1 << 20) as f64;

/// A function and its derivatives on an interval.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) value: Trace,
    pub(crate) derivative: Trace,
    /// Where it is asked for, and there is one.
    pub(crate) second: Option<Trace>,
}

/// A function as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trace {
    /// Between the kinks, and without what is not finite: there, a line would tell what is not so.
    pub(crate) pieces: Vec<Vec<Point>>,
    pub(crate) kinks: Vec<Kink>,
}

/// A kink, at `at.0`: the function just before, there, and just after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Kink {
    pub(crate) left: f64,
    pub(crate) at: Point,
    pub(crate) right: f64,
}

impl Curve {
    /// The function and its derivatives on the adapter.
    pub(crate) fn sample(
        gpu: &Gpu,
        function: &Function,
        layer: &Layer,
        interval: Interval,
        wants_second: bool,
    ) -> Result<Self> {
        let kinks = kinks(function, layer, interval);
        let pieces = pieces(interval, &kinks);
        let x: Vec<f32> = pieces.iter().flatten().chain(&kinks).copied().collect();
        let inputs = gpu.upload(&x.iter().map(|&x| layer.inner(x)).collect::<Vec<_>>())?;
        let Values { value, derivative, second } = function.values(gpu, &inputs, wants_second)?;
        let trace = |values: Vec<f32>, outer: &dyn Fn(f32) -> f64| {
            Trace::new(&pieces, &kinks, values.into_iter().map(outer).collect())
        };
        Ok(Self {
            value: trace(value, &|y| layer.outer(y)),
            derivative: trace(derivative, &|dx| layer.outer_derivative(dx)),
            second: second.map(|second| trace(second, &f64::from)),
        })
    }
}

impl Trace {
    /// `values`: those of the pieces one after the other, then those at the kinks.
    fn new(pieces: &[Vec<f32>], kinks: &[f32], values: Vec<f64>) -> Self {
        let mut values = values.into_iter();
        let mut with_values =
            |x: &Vec<f32>| -> Vec<Point> { x.iter().map(|&x| f64::from(x)).zip(values.by_ref()).collect() };
        let pieces: Vec<Vec<Point>> = pieces.iter().map(&mut with_values).collect();
        let at = with_values(&kinks.to_vec());
        let sides = pieces.iter().zip(pieces.iter().skip(1));
        let kink = |(at, (left, right)): (Point, (&Vec<Point>, &Vec<Point>))| {
            Some(Kink { left: left.last()?.1, at, right: right.first()?.1 })
        };
        let kinks = at.into_iter().zip(sides).filter_map(kink).collect();
        Self { pieces: pieces.iter().flat_map(|piece| finite_runs(piece)).collect(), kinks }
    }

    /// All y that are drawn.
    pub(crate) fn heights(&self) -> impl Iterator<Item = f64> {
        let kinks = self.kinks.iter().flat_map(|kink| [kink.left, kink.at.1, kink.right]);
        self.pieces.iter().flatten().map(|point| point.1).chain(kinks).filter(|y| y.is_finite())
    }
}

fn finite_runs(piece: &[Point]) -> Vec<Vec<Point>> {
    piece.split(|point| !point.1.is_finite()).filter(|run| run.len() > 1).map(<[Point]>::to_vec).collect()
}

/// The kinks inside the interval, in order; those that lie too close to be told apart are one.
fn kinks(function: &Function, layer: &Layer, (from, to): Interval) -> Vec<f32> {
    let beside = BESIDE * (to - from);
    let mut kinks: Vec<f64> = function.kinks().into_iter().map(|kink| layer.inner_inverse(kink)).collect();
    kinks.retain(|kink| from + 2.0 * beside < *kink && *kink < to - 2.0 * beside);
    kinks.sort_by(f64::total_cmp);
    kinks.dedup_by(|next, kink| *next - *kink < 4.0 * beside);
    kinks.into_iter().map(|kink| kink as f32).collect()
}

/// The inputs between the kinks, up to just beside them.
fn pieces((from, to): Interval, kinks: &[f32]) -> Vec<Vec<f32>> {
    let beside = BESIDE * (to - from);
    let kinks = kinks.iter().map(|&kink| f64::from(kink));
    let begins = std::iter::once(from).chain(kinks.clone().map(|kink| kink + beside));
    let ends = kinks.map(|kink| kink - beside).chain([to]);
    let piece = |(begin, end): (f64, f64)| {
        let steps = (POINTS * (end - begin) / (to - from)).ceil().max(1.0);
        let at = |step| (begin + (end - begin) * f64::from(step) / steps) as f32;
        (0..=steps as u32).map(at).collect()
    };
    begins.zip(ends).map(piece).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::LazyLock;

    use wgpu_activations::Activation;

    use super::*;

    /// One for the process: some drivers do not bear devices being made at once.
    static GPU: LazyLock<Gpu> = LazyLock::new(|| Gpu::new_blocking().unwrap());

    fn sample(activation: Activation, interval: Interval) -> Curve {
        Curve::sample(&GPU, &activation.into(), &Layer::NONE, interval, true).unwrap()
    }

    /// What is drawn has the bits that the kernels return: no other code computes it.
    #[test]
    fn points_are_the_kernels_results() {
        let (gpu, act) = (&*GPU, Activation::GELU_ERF);
        let curve = sample(act, (-5.0, 5.0));
        let (x, y): (Vec<f64>, Vec<f64>) = curve.value.pieces[0].iter().copied().unzip();
        let x: Vec<f32> = x.into_iter().map(|x| x as f32).collect();
        let inputs = gpu.upload(&x).unwrap();
        let dy = gpu.upload(&vec![1.0; x.len()]).unwrap();
        let read = |buffer: wgpu_activations::GpuBuffer| {
            gpu.read_blocking(&buffer).unwrap().into_iter().map(f64::from).collect::<Vec<_>>()
        };
        assert_eq!(y, read(gpu.forward(act, &inputs).unwrap()));
        let dx: Vec<f64> = curve.derivative.pieces[0].iter().map(|point| point.1).collect();
        assert_eq!(dx, read(gpu.backward(act, &inputs, &dy).unwrap()));
        assert!(x.len() > 2000);
        let curve = sample(Activation::SILU, (-5.0, 5.0));
        let d2: Vec<f64> = curve.second.unwrap().pieces[0].iter().map(|point| point.1).collect();
        assert_eq!(d2, read(gpu.second(Activation::SILU, &inputs, &dy).unwrap()));
    }

    #[test]
    fn a_jump_breaks_the_curve_and_has_two_sides() {
        let curve = sample(Activation::threshold(1.0, 7.0).unwrap(), (-5.0, 5.0));
        assert_eq!(curve.value.pieces.len(), 2);
        let [kink] = curve.value.kinks[..] else { unreachable!("{:?}", curve.value.kinks) };
        assert_eq!((kink.left, kink.at), (7.0, (1.0, 7.0)));
        assert!((kink.right - 1.0).abs() < 1e-4);
        let [kink] = curve.derivative.kinks[..] else { unreachable!("{:?}", curve.derivative.kinks) };
        assert_eq!(kink, Kink { left: 0.0, at: (1.0, 0.0), right: 1.0 });
    }

    #[test]
    fn kinks_outside_or_together_are_left_out() {
        let curve = sample(Activation::hardtanh(0.1, 0.1).unwrap(), (-5.0, 5.0));
        assert_eq!(curve.value.kinks.len(), 1);
        let curve = sample(Activation::hardtanh(-1.0, 1000.0).unwrap(), (-5.0, 5.0));
        assert_eq!(curve.value.kinks.len(), 1);
    }

    #[test]
    fn what_overflows_is_not_drawn() {
        let curve = sample(Activation::leaky_relu(3e38).unwrap(), (-5.0, 5.0));
        assert!(curve.value.pieces.iter().flatten().all(|point| point.1.is_finite()));
        assert!(curve.value.heights().all(f64::is_finite));
    }
}
