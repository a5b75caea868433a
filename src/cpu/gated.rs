//! Gated functions on the processor: their loops, and how pairs of operands are divided.

use std::marker::PhantomData;
use std::ops::Range;

use multiversion::multiversion;

use super::functions::Swish;
use super::loops::{Function, Parameters};
use super::math::times;
use super::pass::BLOCK;
use super::{CHUNK, Cpu, Threads, check_length, loops_of};
use crate::Element;
use crate::error::Error;
use crate::operand::{Packing, Pair, PairForm};
use crate::operation::gate::Form;
use crate::operation::{Gate, Order};
use crate::table::row::MAX_PARAMETERS;

/// A gated function at one point: y and its derivatives.
pub(super) struct Gated {
    y: f64,
    by_value: f64,
    by_gate: f64,
}

/// A gated function, one pair at a time. A NaN gate does not come here.
pub(super) trait GateFunction {
    fn at(value: f64, gate: f64, parameters: Parameters) -> Gated;
}

/// An activation or a derivative; 0 where it is as an f32. As on the GPU such a gate is shut, to infinities and large values alike.
#[inline(always)]
fn settled(factor: f64) -> f64 {
    /// 2^-150: half the smallest f32.
    const SMALLEST: f64 = f64::from_bits((1023 - 150) << 52);
    if factor.abs() <= SMALLEST { 0.0 } else { factor }
}

/// value · act(gate)
pub(super) struct Product<F>(PhantomData<F>);

impl<F: Function> GateFunction for Product<F> {
    #[inline(always)]
    fn at(value: f64, gate: f64, parameters: Parameters) -> Gated {
        let activation = F::at(gate, parameters);
        let (own, derivative) = (settled(activation.value), settled(activation.derivative));
        Gated {
            // A gate that is shut lets no infinity through. A NaN it does.
            y: if value.is_nan() { value } else { times(own, value) },
            by_value: own,
            by_gate: times(derivative, value),
        }
    }
}

/// [`Gate::clamped_swiglu`]
struct Clamped;

impl GateFunction for Clamped {
    #[inline(always)]
    fn at(value: f64, gate: f64, [limit, slope, ..]: Parameters) -> Gated {
        let at_most = if value > limit { limit } else { value };
        let clamped = if at_most < -limit { -limit } else { at_most };
        let swish = Swish::at(if gate > limit { limit } else { gate }, [slope, 0.0, 0.0, 0.0]);
        let (own, derivative) = (settled(swish.value), settled(swish.derivative));
        let outside = if value.is_nan() { value } else { 0.0 };
        Gated {
            y: if value.is_nan() { value } else { times(own, clamped + 1.0) },
            by_value: if value.abs() < limit { own } else { outside },
            by_gate: if value.is_nan() || gate < limit {
                times(derivative, clamped + 1.0) + outside
            } else {
                0.0
            },
        }
    }
}

type Forward = fn(&[f32; MAX_PARAMETERS], &[f32], &[f32], &mut [f32]);
type Backward = fn(&[f32; MAX_PARAMETERS], [&[f32]; 3], &mut [f32], &mut [f32]);

/// The loops of a gated function. All slices of a call have one length.
#[derive(Clone, Copy)]
pub(super) struct GateLoops {
    forward: Forward,
    backward: Backward,
}

impl GateLoops {
    pub(super) const fn of<G: GateFunction>() -> Self {
        Self { forward: forward::<G>, backward: backward::<G> }
    }
}

#[multiversion(targets = "simd")]
fn forward<G: GateFunction>(parameters: &[f32; MAX_PARAMETERS], value: &[f32], gate: &[f32], y: &mut [f32]) {
    let parameters = parameters.map(f64::from);
    for ((&value, &gate), y) in value.iter().zip(gate).zip(y) {
        let result = G::at(value.into(), gate.into(), parameters).y as f32;
        *y = if gate.is_nan() { gate } else { result };
    }
}

#[multiversion(targets = "simd")]
fn backward<G: GateFunction>(
    parameters: &[f32; MAX_PARAMETERS],
    [value, gate, dy]: [&[f32]; 3],
    d_value: &mut [f32],
    d_gate: &mut [f32],
) {
    let parameters = parameters.map(f64::from);
    let inputs = value.iter().zip(gate).zip(dy);
    for (((&value, &gate), &dy), (d_value, d_gate)) in inputs.zip(d_value.iter_mut().zip(d_gate)) {
        let result = G::at(value.into(), gate.into(), parameters);
        // A derivative of 0 stops NaN and infinity, too.
        let by_value = times(result.by_value, dy.into()) as f32;
        let by_gate = times(result.by_gate, dy.into()) as f32;
        *d_value = if gate.is_nan() { gate } else { by_value };
        *d_gate = if gate.is_nan() { gate } else { by_gate };
    }
}

/// A gate's loops with the parameters that they take.
#[derive(Clone, Copy)]
struct Pass {
    loops: GateLoops,
    parameters: [f32; MAX_PARAMETERS],
}

impl Pass {
    fn new(gate: Gate) -> Self {
        match gate.0 {
            Form::Product(activation) => {
                Self { loops: loops_of(&activation).gated, parameters: *activation.padded_parameters() }
            }
            Form::ClampedSwiglu { limit, slope } => {
                Self { loops: GateLoops::of::<Clamped>(), parameters: [limit, slope, 0.0, 0.0] }
            }
        }
    }

    fn forward<T: Element>(&self, inputs: Pair<&[T]>, y: &mut [T]) {
        let [mut value, mut gate, mut results] = [[0.0; BLOCK]; 3];
        for (block, y) in y.chunks_mut(BLOCK).enumerate() {
            let (value, gate) = (&mut value[..y.len()], &mut gate[..y.len()]);
            let results = &mut results[..y.len()];
            gather(inputs, block * BLOCK, value, gate);
            (self.loops.forward)(&self.parameters, value, gate, results);
            T::narrow(results, y);
        }
    }

    fn backward<T: Element>(&self, inputs: Pair<&[T]>, dy: &[T], mut gradients: Pair<&mut [T]>) {
        let [mut value, mut gate, mut wide, mut d_value, mut d_gate] = [[0.0; BLOCK]; 5];
        for (block, dy) in dy.chunks(BLOCK).enumerate() {
            let all = [&mut value, &mut gate, &mut wide, &mut d_value, &mut d_gate];
            let [value, gate, wide, d_value, d_gate] = all.map(|buffer| &mut buffer[..dy.len()]);
            gather(inputs, block * BLOCK, value, gate);
            T::widen(dy, wide);
            (self.loops.backward)(&self.parameters, [value, gate, wide], d_value, d_gate);
            scatter(&mut gradients, block * BLOCK, d_value, d_gate);
        }
    }
}

/// Values and gates in a packed operand that lie evenly.
struct Run {
    /// Counted from the first that was asked for.
    range: Range<usize>,
    /// The places of the first value and of the first gate.
    at: [usize; 2],
    /// From one to the next.
    step: usize,
}

/// Where so many values and gates from number `first` on are in a packed operand.
fn runs(Packing { order, half }: Packing, first: usize, count: usize) -> impl Iterator<Item = Run> {
    let half = half.map(|half| half as usize);
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == count {
            return None;
        }
        let (index, left) = (first + done, count - done);
        let (length, at, step) = match half {
            Some(half) => {
                let at = index + index / half * half;
                (left.min(half - index % half), [at, at + half], 1)
            }
            None => (left, [2 * index, 2 * index + 1], 2),
        };
        let [one, other] = at;
        let at = match order {
            Order::ValueFirst => [one, other],
            Order::GateFirst => [other, one],
        };
        let range = done..done + length;
        done = range.end;
        Some(Run { range, at, step })
    })
}

/// Values and gates from number `first` on, in f32.
fn gather<T: Element>(pair: Pair<&[T]>, first: usize, values: &mut [f32], gates: &mut [f32]) {
    let count = values.len();
    match pair.0 {
        PairForm::Separate { value, gate } => {
            T::widen(&value[first..][..count], values);
            T::widen(&gate[first..][..count], gates);
        }
        PairForm::Packed { x, packing } => {
            let mut buffers = [[T::zeroed(); BLOCK]; 2];
            for Run { range, at, step } in runs(packing, first, count) {
                for (buffer, at) in buffers.iter_mut().zip(at) {
                    let elements = x[at..].iter().step_by(step);
                    buffer[range.clone()].iter_mut().zip(elements).for_each(|(to, from)| *to = *from);
                }
            }
            T::widen(&buffers[0][..count], values);
            T::widen(&buffers[1][..count], gates);
        }
    }
}

fn scatter<T: Element>(pair: &mut Pair<&mut [T]>, first: usize, d_values: &[f32], d_gates: &[f32]) {
    let count = d_values.len();
    match &mut pair.0 {
        PairForm::Separate { value, gate } => {
            T::narrow(d_values, &mut value[first..][..count]);
            T::narrow(d_gates, &mut gate[first..][..count]);
        }
        PairForm::Packed { x, packing } => {
            let mut buffers = [[T::zeroed(); BLOCK]; 2];
            T::narrow(d_values, &mut buffers[0][..count]);
            T::narrow(d_gates, &mut buffers[1][..count]);
            for Run { range, at, step } in runs(*packing, first, count) {
                for (buffer, at) in buffers.iter().zip(at) {
                    let elements = x[at..].iter_mut().step_by(step);
                    elements.zip(&buffer[range.clone()]).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

impl Cpu {
    /// y = value · act(gate), or another gated function. Where act(gate) or its derivative is 0 as an f32, below 2^-150, the product is
    /// 0, as it is on a GPU, be the value infinite or large.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::OddSplit`] and [`Error::NotDivisible`] where a packed operand does not hold whole rows of values
    /// and gates.
    pub fn gated_forward<T: Element>(
        &self,
        gate: Gate,
        inputs: Pair<&[T]>,
        y: &mut [T],
    ) -> Result<(), Error> {
        let elements = elements(inputs, ["gate", "x"])?;
        check_length("y", elements, y.len())?;
        let pass = Pass::new(gate);
        self.divide(grain(inputs), (inputs, y), &|(inputs, y)| pass.forward(inputs, y));
        Ok(())
    }

    /// d_value and d_gate, in another arrangement than the inputs if you like.
    ///
    /// # Errors
    /// As [`Cpu::gated_forward`].
    pub fn gated_backward<T: Element>(
        &self,
        gate: Gate,
        inputs: Pair<&[T]>,
        dy: &[T],
        mut gradients: Pair<&mut [T]>,
    ) -> Result<(), Error> {
        let elements_in = elements(inputs, ["gate", "x"])?;
        check_length("dy", elements_in, dy.len())?;
        let shared = reborrowed(&mut gradients);
        check_length("the gradients", elements_in, elements(shared, ["d_gate", "dx"])?)?;
        let (one, other) = (grain(inputs), grain(shared));
        if one > 1 && other > 1 {
            check_length("the last dimension of dx", 2 * one, 2 * other)?;
        }
        let pass = Pass::new(gate);
        self.divide(one.max(other), ((inputs, dy), gradients), &|((inputs, dy), gradients)| {
            pass.backward(inputs, dy, gradients);
        });
        Ok(())
    }

    /// Halves operands between multiples of `grain` until they are small, and works on both halves at once.
    fn divide<S: Divisible + Send>(&self, grain: usize, operands: S, work: &(impl Fn(S) + Sync)) {
        let elements = operands.elements();
        let middle = elements / 2 / grain * grain;
        if self.threads == Threads::One || elements <= CHUNK || middle == 0 {
            return work(operands);
        }
        let (first, second) = operands.divide(middle);
        rayon::join(|| self.divide(grain, first, work), || self.divide(grain, second, work));
    }
}

/// How many values a pair has.
fn elements<T>(pair: Pair<&[T]>, [gates, packed]: [&'static str; 2]) -> Result<usize, Error> {
    match pair.0 {
        PairForm::Separate { value, gate } => {
            check_length(gates, value.len(), gate.len())?;
            Ok(value.len())
        }
        PairForm::Packed { x, packing } => Ok(packing.values(packed, x.len() as u64)? as usize),
    }
}

fn reborrowed<'a, T>(pair: &'a mut Pair<&mut [T]>) -> Pair<&'a [T]> {
    Pair(match &mut pair.0 {
        PairForm::Separate { value, gate } => PairForm::Separate { value, gate },
        PairForm::Packed { x, packing } => PairForm::Packed { x, packing: *packing },
    })
}

/// Whole multiples of so many values can be parted from the rest.
fn grain<T>(pair: Pair<&[T]>) -> usize {
    match pair.0 {
        PairForm::Packed { packing: Packing { half: Some(half), .. }, .. } => half.max(1) as usize,
        _ => 1,
    }
}

/// Operands that can be parted after so many elements.
trait Divisible: Sized {
    fn elements(&self) -> usize;
    fn divide(self, at: usize) -> (Self, Self);
}

impl<T> Divisible for &[T] {
    fn elements(&self) -> usize {
        self.len()
    }

    fn divide(self, at: usize) -> (Self, Self) {
        self.split_at(at)
    }
}

impl<T> Divisible for &mut [T] {
    fn elements(&self) -> usize {
        self.len()
    }

    fn divide(self, at: usize) -> (Self, Self) {
        self.split_at_mut(at)
    }
}

impl<S: Divisible> Divisible for Pair<S> {
    fn elements(&self) -> usize {
        match &self.0 {
            PairForm::Separate { value, .. } => value.elements(),
            PairForm::Packed { x, .. } => x.elements() / 2,
        }
    }

    fn divide(self, at: usize) -> (Self, Self) {
        match self.0 {
            PairForm::Separate { value, gate } => {
                let ((value, more_value), (gate, more_gate)) = (value.divide(at), gate.divide(at));
                (Self::separate(value, gate), Self::separate(more_value, more_gate))
            }
            PairForm::Packed { x, packing } => {
                let (x, more) = x.divide(2 * at);
                (Self(PairForm::Packed { x, packing }), Self(PairForm::Packed { x: more, packing }))
            }
        }
    }
}

/// Side by side: the first one tells how many elements there are.
impl<A: Divisible, B: Divisible> Divisible for (A, B) {
    fn elements(&self) -> usize {
        self.0.elements()
    }

    fn divide(self, at: usize) -> (Self, Self) {
        let ((one, more), (other, more_of_other)) = (self.0.divide(at), self.1.divide(at));
        ((one, other), (more, more_of_other))
    }
}
