//! The CPU's public interface: lengths, types, threads, in place. Its accuracy is tested in `src/cpu/tests.rs`.

use proptest::prelude::*;
use wgpu_activations::cpu::{CHUNK, Cpu, Parameters, Threads};
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Activation, Channels, Element, Error, Gate, Kind, Order, Pair, rrelu_slope};

const GUARD: f32 = -12345.0;

/// Several chunks and blocks, the last ones not full.
pub(crate) const ELEMENTS: usize = 2 * CHUNK + 1037;

pub(crate) fn x() -> Vec<f32> {
    let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e-40, f32::MAX, f32::MIN];
    let mut x: Vec<f32> = (0..ELEMENTS).map(|index| (index % 4001) as f32 * 0.01 - 20.0).collect();
    x[777..777 + special.len()].copy_from_slice(&special);
    x
}

pub(crate) fn dy() -> Vec<f32> {
    (0..ELEMENTS).map(|index| (index % 11) as f32 - 5.0).collect()
}

pub(crate) fn activations() -> impl Iterator<Item = Activation> {
    Kind::ALL.iter().flat_map(|kind| kind.samples())
}

pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

pub(crate) fn assert_same(got: &[f32], expected: &[f32], what: &str, activation: Activation) {
    let wrong = bits(got).iter().zip(bits(expected)).position(|(got, expected)| *got != expected);
    assert_eq!(wrong, None, "{activation} {what}");
}

#[test]
fn one_thread_and_in_place_give_the_same_bits() {
    let (x, dy, one) = (x(), dy(), Cpu::with_threads(Threads::One));
    for activation in activations() {
        let [mut all, mut single, mut in_place] = [vec![GUARD; ELEMENTS], vec![GUARD; ELEMENTS], x.clone()];
        Cpu::new().forward(activation, &x, &mut all).unwrap();
        one.forward(activation, &x, &mut single).unwrap();
        Cpu::new().forward_in_place(activation, &mut in_place).unwrap();
        assert_same(&single, &all, "forward in one thread", activation);
        assert_same(&in_place, &all, "forward in place", activation);

        let mut in_place = dy.clone();
        Cpu::new().backward(activation, &x, &dy, &mut all).unwrap();
        one.backward(activation, &x, &dy, &mut single).unwrap();
        Cpu::new().backward_in_place(activation, &x, &mut in_place).unwrap();
        assert_same(&single, &all, "backward in one thread", activation);
        assert_same(&in_place, &all, "backward in place", activation);
    }
}

#[test]
fn backward_from_output_in_place_gives_the_same_bits() {
    let (x, dy) = (x(), dy());
    for activation in activations() {
        let (mut y, mut dx, mut in_place) = (x.clone(), vec![GUARD; ELEMENTS], dy.clone());
        Cpu::new().forward_in_place(activation, &mut y).unwrap();
        let result = Cpu::new().backward_from_output(activation, &y, &dy, &mut dx);
        let again = Cpu::new().backward_from_output_in_place(activation, &y, &mut in_place);
        assert_eq!(result, again);
        assert_eq!(result, activation.check_from_output());
        let unwritten = if result.is_ok() { &dx } else { &dy };
        assert_same(&in_place, unwritten, "backward from output in place", activation);
    }
}

/// 16-bit results are the f32 results of the same inputs, rounded.
fn sixteen_bits_are_rounded_f32<T: Element + PartialEq + std::fmt::Debug>() {
    let (x, dy): (Vec<T>, Vec<T>) =
        (x().into_iter().map(T::from_f32).collect(), dy().into_iter().map(T::from_f32).collect());
    let widen = |values: &[T]| values.iter().map(|value| value.to_f32()).collect::<Vec<f32>>();
    let (wide_x, wide_dy) = (widen(&x), widen(&dy));
    let rounded = |wide: &[f32]| wide.iter().map(|value| T::from_f32(*value).to_f32()).collect::<Vec<f32>>();
    for activation in activations() {
        let (mut narrow, mut wide) = (vec![T::from_f32(0.0); ELEMENTS], vec![0.0; ELEMENTS]);
        Cpu::new().forward(activation, &x, &mut narrow).unwrap();
        Cpu::new().forward(activation, &wide_x, &mut wide).unwrap();
        assert_same(&widen(&narrow), &rounded(&wide), "forward", activation);
        Cpu::new().backward(activation, &x, &dy, &mut narrow).unwrap();
        Cpu::new().backward(activation, &wide_x, &wide_dy, &mut wide).unwrap();
        assert_same(&widen(&narrow), &rounded(&wide), "backward", activation);
    }
}

#[test]
fn f16_is_rounded_f32() {
    sixteen_bits_are_rounded_f32::<f16>();
}

#[test]
fn bf16_is_rounded_f32() {
    sixteen_bits_are_rounded_f32::<bf16>();
}

#[test]
fn lengths_that_differ_are_refused_and_nothing_is_written() {
    let cpu = Cpu::new();
    let (three, four) = ([1.0_f32; 3], [1.0_f32; 4]);
    let swish = Activation::swish(1.0).unwrap();
    let mut out = [GUARD; 3];
    for result in [
        cpu.forward(swish, &four, &mut out),
        cpu.backward(swish, &four, &four, &mut out),
        cpu.backward(swish, &three, &four, &mut out),
        cpu.backward_in_place(swish, &four, &mut out),
        cpu.backward_from_output(Activation::RELU, &four, &three, &mut out),
        cpu.backward_from_output_in_place(Activation::RELU, &four, &mut out),
        cpu.backward_parameter(swish, 0, &four, &four, &mut out),
    ] {
        assert!(matches!(result, Err(Error::LengthMismatch { .. })), "{result:?}");
    }
    assert_eq!(out, [GUARD; 3]);
    let error = cpu.forward(swish, &four, &mut out).unwrap_err();
    assert_eq!(error, Error::LengthMismatch { operand: "y", expected: 4, actual: 3 });
}

#[test]
fn what_an_activation_does_not_have_is_refused() {
    let mut out = [GUARD; 1];
    let result = Cpu::new().backward_from_output(Activation::SILU, &[1.0], &[1.0], &mut out);
    assert!(matches!(result, Err(Error::NoBackwardFromOutput { .. })), "{result:?}");
    for kind in Kind::ALL {
        for activation in kind.samples() {
            let index = kind.learnable().len();
            let result = Cpu::new().backward_parameter(activation, index, &[1.0], &[1.0], &mut out);
            assert_eq!(result, Err(Error::NotLearnable { activation: kind.name(), index }));
        }
    }
    assert_eq!(out, [GUARD; 1]);
}

#[test]
fn nothing_is_a_length_too() {
    for activation in activations() {
        assert_eq!(Cpu::new().forward::<f32>(activation, &[], &mut []), Ok(()));
        assert_eq!(Cpu::new().backward::<f16>(activation, &[], &[], &mut []), Ok(()));
    }
}

/// Results from separate slices and from packed ones, on one thread and on all.
fn gates_agree<T: Element>(gate: Gate, half: usize, rows: usize) {
    let n = half * rows;
    let held = |values: Vec<f32>| values.into_iter().map(T::from_f32).collect::<Vec<T>>();
    let value = held((0..n).map(|index| (index % 509) as f32 * 0.04 - 10.0).collect());
    let gates = held((0..n).map(|index| (index % 1009) as f32 * 0.02 - 10.0).collect());
    let dy = held((0..n).map(|index| (index % 11) as f32 - 5.0).collect());
    let wide = |values: &[T]| values.iter().map(|value| value.to_f32().to_bits()).collect::<Vec<u32>>();
    let zeros = || vec![T::from_f32(0.0); n];
    let [mut y, mut d_value, mut d_gate] = [zeros(), zeros(), zeros()];
    let separate = Pair::separate(&*value, &*gates);
    Cpu::new().gated_forward(gate, separate, &mut y).unwrap();
    let gradients = Pair::separate(&mut *d_value, &mut *d_gate);
    Cpu::new().gated_backward(gate, separate, &dy, gradients).unwrap();
    let ends = |[first, second]: [&T; 2]| gate.exact(first.to_f32().into(), second.to_f32().into());
    let exact = ends([&value[n - 1], &gates[n - 1]]);
    assert!((f64::from(y[n - 1].to_f32()) - exact.y).abs() <= 1e-2 * exact.y.abs(), "{gate}");

    for (order, halves) in
        [Order::ValueFirst, Order::GateFirst].into_iter().flat_map(|order| [(order, true), (order, false)])
    {
        let place = |index: usize, second: bool| match halves {
            true => index / half * 2 * half + index % half + if second { half } else { 0 },
            false => 2 * index + usize::from(second),
        };
        let pack = |value: &[T], gates: &[T]| {
            let mut packed = vec![T::from_f32(0.0); 2 * n];
            for index in 0..n {
                packed[place(index, order == Order::GateFirst)] = value[index];
                packed[place(index, order == Order::ValueFirst)] = gates[index];
            }
            packed
        };
        let (x, mut dx, mut packed_y) = (pack(&value, &gates), vec![T::from_f32(0.0); 2 * n], zeros());
        for cpu in [Cpu::new(), Cpu::with_threads(Threads::One)] {
            let (inputs, gradients) = match halves {
                true => (
                    Pair::halves(&*x, 2 * half as u64, order).unwrap(),
                    Pair::halves(&mut *dx, 2 * half as u64, order).unwrap(),
                ),
                false => (Pair::interleaved(&*x, order), Pair::interleaved(&mut *dx, order)),
            };
            cpu.gated_forward(gate, inputs, &mut packed_y).unwrap();
            cpu.gated_backward(gate, inputs, &dy, gradients).unwrap();
            assert_eq!(wide(&packed_y), wide(&y), "{gate} forward, {order:?}, halves: {halves}");
            assert_eq!(
                wide(&dx),
                wide(&pack(&d_value, &d_gate)),
                "{gate} backward, {order:?}, halves: {halves}"
            );
        }
    }
}

#[test]
fn gates_give_the_same_in_every_layout() {
    for gate in [Gate::SWIGLU, Gate::CLAMPED_SWIGLU] {
        gates_agree::<f32>(gate, 37, 2 * CHUNK / 37 + 5);
        gates_agree::<f32>(gate, 2 * CHUNK + 3, 3);
        gates_agree::<f16>(gate, 1, CHUNK + 9);
    }
}

#[test]
fn gates_that_do_not_fit_are_typed_errors() {
    let (x, mut y) = ([0.0f32; 12], [GUARD; 6]);
    let mut forward = |inputs| Cpu::new().gated_forward(Gate::GLU, inputs, &mut y).unwrap_err();
    let error = forward(Pair::separate(&x[..6], &x[..5]));
    assert_eq!(error, Error::LengthMismatch { operand: "gate", expected: 6, actual: 5 });
    let error = forward(Pair::interleaved(&x[..11], Order::ValueFirst));
    assert_eq!(error, Error::OddSplit { what: "x", elements: 11 });
    let error = forward(Pair::halves(&x[..], 8, Order::ValueFirst).unwrap());
    assert_eq!(
        error,
        Error::NotDivisible { operand: "x", elements: 12, what: "the last dimension", divisor: 8 }
    );
    let error = forward(Pair::interleaved(&x[..10], Order::ValueFirst));
    assert_eq!(error, Error::LengthMismatch { operand: "y", expected: 5, actual: 6 });
    assert_eq!(y, [GUARD; 6]);
}

/// Each channel as the activation that its parameters make, and the sums of its terms.
#[test]
fn learned_parameters_go_by_channel() {
    // Runs of every length that has a way of its own: one element, a few, many.
    for inner in [1, 5, 40] {
        check_learned_parameters(inner);
    }
}

fn check_learned_parameters(inner: usize) {
    let kind = Kind::Xielu;
    let x: Vec<f32> = (0..3 * inner * (CHUNK / 7)).map(|index| (index % 2003) as f32 * 0.004 - 4.0).collect();
    let dy: Vec<f32> = (0..x.len()).map(|index| (index % 11) as f32 - 5.0).collect();
    let (alpha_p, alpha_n) = ([0.25, 0.5, 2.0], [0.5, 1.5, 0.125]);
    let values: [&[f32]; 2] = [&alpha_p, &alpha_n];
    let own = kind.with(&[0.8, 0.8, 0.5]).unwrap();
    let learned = Parameters::learned(own, &values, Channels::new(3, inner as u64));
    let [mut y, mut dx] = [vec![GUARD; x.len()], vec![GUARD; x.len()]];
    Cpu::new().forward(learned, &x, &mut y).unwrap();
    Cpu::new().backward(learned, &x, &dy, &mut dx).unwrap();
    for channel in 0..3 {
        let activation = kind.with(&[alpha_p[channel], alpha_n[channel], 0.5]).unwrap();
        let own = |values: &[f32]| -> Vec<f32> {
            let all = values.iter().enumerate();
            all.filter(|(index, _)| index / inner % 3 == channel).map(|(_, value)| *value).collect()
        };
        let (x, dy) = (own(&x), own(&dy));
        let mut expected = vec![GUARD; x.len()];
        Cpu::new().forward(activation, &x, &mut expected).unwrap();
        assert_same(&own(&y), &expected, "learned, forward", activation);
        Cpu::new().backward(activation, &x, &dy, &mut expected).unwrap();
        assert_same(&own(&dx), &expected, "learned, backward", activation);
    }
    for index in 0..2 {
        let [mut all, mut one] = [[GUARD; 3]; 2];
        Cpu::new().parameter_gradient(learned, index, &x, &dy, &mut all).unwrap();
        Cpu::with_threads(Threads::One).parameter_gradient(learned, index, &x, &dy, &mut one).unwrap();
        assert_eq!(all, one, "the same bits on any number of threads");
        for (channel, got) in all.into_iter().enumerate() {
            let activation = kind.with(&[alpha_p[channel], alpha_n[channel], 0.5]).unwrap();
            let terms = x.iter().zip(&dy).enumerate().filter(|(at, _)| at / inner % 3 == channel);
            let terms = terms.map(|(_, (x, dy))| {
                activation.exact_by_parameter(index, f64::from(*x)).unwrap() * f64::from(*dy)
            });
            let (sum, magnitude) =
                terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
            assert!(
                (f64::from(got) - sum).abs() <= 2f64.powi(-23) * magnitude,
                "channel {channel}: {got}, {sum}"
            );
        }
    }
    let error = Cpu::new().parameter_gradient(learned, 0, &x, &dy, &mut [0.0; 2]).unwrap_err();
    assert!(matches!(error, Error::ChannelMismatch { expected: 3, actual: 2, .. }), "{error}");
    let error = Cpu::new().forward(learned, &x[1..], &mut y[1..]).unwrap_err();
    assert!(matches!(error, Error::NotDivisible { divisor, .. } if divisor == 3 * inner as u64), "{error}");
    let error = Cpu::new().forward(Parameters::learned(own, &values[..1], Channels::ONE), &x, &mut y);
    assert_eq!(error, Err(Error::WrongParameters { activation: "xielu", expected: 2, actual: 1 }));
}

#[test]
fn no_elements_have_any_channels() {
    let values: [&[f32]; 1] = [&[0.5; 2]];
    let learned = Parameters::learned(Activation::prelu(0.25).unwrap(), &values, Channels::new(2, 0));
    for threads in [Threads::One, Threads::All] {
        let cpu = Cpu::with_threads(threads);
        cpu.forward::<f32>(learned, &[], &mut []).unwrap();
        cpu.backward::<f32>(learned, &[], &[], &mut []).unwrap();
        let mut gradient = [GUARD; 2];
        cpu.parameter_gradient::<f32>(learned, 0, &[], &[], &mut gradient).unwrap();
        assert_eq!(gradient, [0.0; 2]);
    }
}

#[test]
fn rrelus_training_draws_the_slopes_that_it_says() {
    let (seed, lower, upper) = (77, 0.125, 0.5);
    let drawn = Parameters::drawn(Activation::rrelu(lower, upper).unwrap(), seed);
    let x = vec![-1.0; ELEMENTS];
    let [mut y, mut dx] = [x.clone(), vec![1.0; ELEMENTS]];
    Cpu::new().forward_in_place(drawn, &mut y).unwrap();
    Cpu::new().backward_in_place(drawn, &x, &mut dx).unwrap();
    let slope = |index| rrelu_slope(seed, index as u64, lower, upper);
    assert!((0..ELEMENTS).all(|index| (y[index], dx[index]) == (-slope(index), slope(index))));
    let error = Cpu::new().forward_in_place(Parameters::drawn(Activation::RELU, 1), &mut y);
    assert_eq!(error, Err(Error::NothingToDraw { activation: "relu" }));
}

/// A gate of each channel's own parameters gives the same, and the terms are those of the oracle times the value.
#[test]
fn gates_learn_by_channel() {
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.learnable().len() > 0) {
        for inner in [1, 40] {
            check_learned_gate(kind, inner);
        }
    }
}

fn check_learned_gate(kind: Kind, inner: usize) {
    const CHANNELS: usize = 3;
    let n = CHANNELS * inner * (CHUNK / 50);
    let numbers = |period: usize, step: f32, start: f32| -> Vec<f32> {
        (0..n).map(|index| (index % period) as f32 * step + start).collect()
    };
    let [value, gate, dy] = [numbers(509, 0.02, -5.0), numbers(2003, 0.004, -4.0), numbers(11, 1.0, -5.0)];
    let channel_of = |index: usize| index / inner % CHANNELS;
    let count = kind.learnable().len();
    let learned: Vec<[f32; CHANNELS]> = [[0.25, 0.5, 2.0], [0.5, 1.5, 0.125]][..count].to_vec();
    let slices: Vec<&[f32]> = learned.iter().map(|values| &values[..]).collect();
    let own = kind.samples()[0];
    let of_channel = |channel: usize| {
        let mut parameters = own.parameters().to_vec();
        for ((name, _), values) in kind.learnable().zip(&learned) {
            let position = kind.parameters().iter().position(|parameter| parameter.name == name).unwrap();
            parameters[position] = values[channel];
        }
        kind.with(&parameters).unwrap()
    };
    // Written as for an activation, or for a gate.
    let channels = Channels::new(CHANNELS as u64, inner as u64);
    let parameters = Parameters::learned(Gate::from(own), &slices, channels);
    let inputs = Pair::separate(&value[..], &gate[..]);
    let results = |parameters: Parameters<'_>| {
        let [mut y, mut d_value, mut d_gate] = [vec![GUARD; n], vec![GUARD; n], vec![GUARD; n]];
        Cpu::new().gated_forward(parameters, inputs, &mut y).unwrap();
        let gradients = Pair::separate(&mut d_value[..], &mut d_gate[..]);
        Cpu::new().gated_backward(parameters, inputs, &dy, gradients).unwrap();
        [y, d_value, d_gate]
    };
    let got = results(parameters);
    assert_eq!(got, results(Parameters::learned(own, &slices, channels)));
    for channel in 0..CHANNELS {
        for (got, expected) in got.iter().zip(results(of_channel(channel).into())) {
            let mut both = got.iter().zip(&expected).enumerate().filter(|(at, _)| channel_of(*at) == channel);
            let wrong = both.find(|(_, (got, expected))| got.to_bits() != expected.to_bits());
            assert_eq!(wrong, None, "{kind}, inner {inner}");
        }
    }
    for index in 0..count {
        let (mut dw, mut sums) = (vec![GUARD; n], [GUARD; CHANNELS]);
        Cpu::new().gated_backward_parameter(parameters, index, inputs, &dy, &mut dw).unwrap();
        Cpu::new().gated_parameter_gradient(parameters, index, inputs, &dy, &mut sums).unwrap();
        let (mut exact, mut magnitudes) = ([0.0; CHANNELS], [0.0; CHANNELS]);
        for (at, got) in dw.into_iter().enumerate() {
            let (x, channel) = (f64::from(gate[at]), channel_of(at));
            let derivative = of_channel(channel).exact_by_parameter(index, x).unwrap();
            let term = f64::from(value[at]) * derivative * f64::from(dy[at]);
            assert!(
                (f64::from(got) - term).abs() <= 2f64.powi(-23) * term.abs(),
                "{kind} at {x}: {got}, {term}"
            );
            exact[channel] += term;
            magnitudes[channel] += term.abs();
        }
        for channel in 0..CHANNELS {
            let error = (f64::from(sums[channel]) - exact[channel]).abs();
            assert!(error <= 2f64.powi(-23) * magnitudes[channel], "{kind}: {sums:?}, {exact:?}");
        }
    }
}

#[test]
fn a_gate_draws_slopes() {
    let (lower, upper, n) = (0.125, 0.5, 3000);
    let drawn = Parameters::drawn(Activation::rrelu(lower, upper).unwrap(), 77);
    let (value, gate, mut y) = (vec![2.0; n], vec![-1.0; n], vec![GUARD; n]);
    Cpu::new().gated_forward(drawn, Pair::separate(&value[..], &gate[..]), &mut y).unwrap();
    assert!((0..n).all(|index| y[index] == -2.0 * rrelu_slope(77, index as u64, lower, upper)));
}

#[test]
fn what_a_gate_does_not_have_is_refused() {
    let (cpu, x, mut y) = (Cpu::new(), [1.0_f32; 4], [GUARD; 4]);
    let (inputs, activation) = (Pair::separate(&x[..], &x[..]), "clamped_swiglu");
    let learned = Parameters::learned(Gate::CLAMPED_SWIGLU, &[], Channels::ONE);
    let error = cpu.gated_forward(learned, inputs, &mut y).unwrap_err();
    assert_eq!(error, Error::WrongParameters { activation, expected: 0, actual: 0 });
    let error = cpu.gated_forward(Parameters::drawn(Gate::CLAMPED_SWIGLU, 1), inputs, &mut y).unwrap_err();
    assert_eq!(error, Error::NothingToDraw { activation });
    let error = cpu.gated_backward_parameter(Gate::CLAMPED_SWIGLU, 0, inputs, &x, &mut y).unwrap_err();
    assert_eq!(error, Error::NotLearnable { activation, index: 0 });
    let error = cpu.gated_parameter_gradient(Gate::SWIGLU, 0, inputs, &x, &mut y).unwrap_err();
    assert_eq!(error, Error::NotLearnable { activation: "silu", index: 0 });
    assert_eq!(cpu.forward(Gate::SWIGLU, &x, &mut y), Err(Error::TakesPairs { gate: "silu" }));
    assert_eq!(y, [GUARD; 4]);
}

/// As on the GPU, where both would have to be rows of one length.
#[test]
fn halves_and_gradients_in_other_halves_are_refused() {
    let (x, dy, mut dx) = ([1.0_f32; 8], [1.0; 4], [GUARD; 8]);
    for (dimension, other) in [(2, 4), (4, 2), (8, 2), (2, 8)] {
        let inputs = Pair::halves(&x[..], dimension, Order::ValueFirst).unwrap();
        let gradients = Pair::halves(&mut dx[..], other, Order::ValueFirst).unwrap();
        let error = Cpu::new().gated_backward(Gate::GLU, inputs, &dy, gradients).unwrap_err();
        let operand = "the last dimension of dx";
        assert_eq!(error, Error::LengthMismatch { operand, expected: dimension, actual: other });
    }
    assert_eq!(dx, [GUARD; 8]);
}

/// On both sides of a kink that lies at a sum or a quotient of parameters, and on it: where that rounds, the derivative must not.
#[test]
fn no_derivative_jumps_beside_its_kink() {
    let mut bits = 17_u64;
    let mut number = || {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (bits >> 33) as u32;
        // A third are powers of two: what is computed of those may be exact.
        f32::from_bits(if mixed.is_multiple_of(3) { mixed & 0xff80_0000 } else { mixed } | (mixed & 1) << 31)
    };
    let mut asked = 0;
    for kind in Kind::ALL.iter().filter(|kind| !kind.parameters().is_empty() && !kind.at_kinks().is_empty()) {
        let drawn = (0..20_000).filter_map(|_| {
            let drawn: Vec<f32> = kind.parameters().iter().map(|_| number()).collect();
            kind.with(&drawn).ok()
        });
        for activation in drawn.take(200) {
            let neighbours = |kink: f64| {
                let kink = kink as f32;
                let [down, up] = [kink.next_down(), kink.next_up()];
                [down.next_down(), down, kink, up, up.next_up()]
            };
            let x: Vec<f32> =
                activation.kinks().into_iter().flat_map(neighbours).filter(|x| x.is_finite()).collect();
            let (dy, mut dx) = (vec![1.0; x.len()], vec![GUARD; x.len()]);
            Cpu::new().backward(activation, &x, &dy, &mut dx).unwrap();
            for (x, got) in x.iter().zip(&dx) {
                let exact = activation.exact(f64::from(*x)).derivative;
                let near = (f64::from(*got) - exact).abs() <= 1.2e-7 * exact.abs() + 1e-38;
                // Infinite beyond f32, and NaN outside of a function's domain.
                let same = *got == exact as f32 || (got.is_nan() && exact.is_nan());
                assert!(near || same, "{activation} at {x:e}: {got:e}, exact {exact:e}");
                asked += 1;
            }
        }
    }
    assert!(asked > 10_000, "{asked}");
}

/// The line is just below 1 where its f64 is 1: by an oracle of its own, in two words.
#[test]
fn hardsigmoid_is_a_line_up_to_its_ends() {
    for (slope, offset, x, inside) in [
        (1.0, -3.4e-18, 1.0, true),
        (1.0, 3.4e-18, 1.0, false),
        (-2.0, -1e-20, -0.5, true),
        (1.0, 1e-20, 0.0, true),
        (1.0, -1e-20, 0.0, false),
        (0.25, 1e-24, 3.999_999_8, true),
        (3.0, 0.333_333_34, 0.222_222_22, false),
    ] {
        let activation = Activation::hardsigmoid(slope, offset).unwrap();
        let product = f64::from(slope) * f64::from(x);
        // 1 - offset as a sum of two f64.
        let high = 1.0 - f64::from(offset);
        let taken = high - 1.0;
        let low = (1.0 - (high - taken)) + (-f64::from(offset) - taken);
        let below_1 = product < high || (product == high && low > 0.0);
        assert_eq!(product + f64::from(offset) > 0.0 && below_1, inside, "{activation} at {x}");
        let mut dx = [GUARD];
        Cpu::new().backward(activation, &[x], &[1.0], &mut dx).unwrap();
        let expected = if inside { slope } else { 0.0 };
        assert_eq!(
            (dx[0], activation.exact(x.into()).derivative),
            (expected, expected.into()),
            "{activation} at {x}"
        );
    }
}

/// Small numbers, which may fit, and all others.
fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![0..6_u64, any::<u64>(), Just(u64::MAX), Just(u64::MAX - 1), Just(1 << 63)]
}

proptest! {
    /// Whatever is asked, it is done or refused. No elements are nothing to do, whatever the dimension.
    #[test]
    fn nothing_panics(
        lengths in prop::array::uniform4(0..13_usize),
        (dimension, other, channels, inner, index) in (numbers(), numbers(), numbers(), numbers(), numbers()),
        learned in any::<bool>(),
    ) {
        let [x, dy, y, dw] = lengths;
        let (x, dy, mut y, mut dw) = (vec![1.0_f32; x], vec![1.0; dy], vec![0.0; y], vec![0.0; dw]);
        let prelu = Activation::prelu(0.25).unwrap();
        let weights = vec![0.5; if channels < 8 { channels as usize } else { 3 }];
        let slices: [&[f32]; 1] = [&weights];
        let parameters = match learned {
            true => Parameters::learned(prelu, &slices, Channels::new(channels, inner)),
            false => prelu.into(),
        };
        for cpu in [Cpu::new(), Cpu::with_threads(Threads::One)] {
            let _ = cpu.forward(parameters, &x, &mut y);
            let _ = cpu.backward(parameters, &x, &dy, &mut y);
            let _ = cpu.parameter_gradient(parameters, index as usize, &x, &dy, &mut dw);
            let pairs = [Pair::halves(&x[..], dimension, Order::GateFirst), Ok(Pair::interleaved(&x[..], Order::GateFirst))];
            for inputs in pairs.into_iter().flatten() {
                let _ = cpu.gated_forward(parameters, inputs, &mut y);
                let _ = cpu.gated_parameter_gradient(parameters, index as usize, inputs, &dy, &mut dw);
                if let Ok(gradients) = Pair::halves(&mut y[..], other, Order::GateFirst) {
                    let _ = cpu.gated_backward(parameters, inputs, &dy, gradients);
                }
            }
            if let Ok(nothing) = Pair::halves(&[] as &[f32], dimension, Order::GateFirst) {
                prop_assert_eq!(cpu.gated_forward(Gate::SWIGLU, nothing, &mut []), Ok(()));
                let gradients = Pair::halves(&mut [] as &mut [f32], dimension, Order::ValueFirst).unwrap();
                prop_assert_eq!(cpu.gated_backward(Gate::SWIGLU, nothing, &[], gradients), Ok(()));
            }
        }
    }
}
