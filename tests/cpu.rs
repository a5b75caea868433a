//! The processor's public interface: lengths, types, threads, in place. Its accuracy is tested in `src/cpu/tests.rs`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use wgpu_activations::cpu::{CHUNK, Cpu, Threads};
use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Activation, Element, Error, Kind};

const GUARD: f32 = -12345.0;

/// Several chunks and blocks, the last ones not full.
const ELEMENTS: usize = 2 * CHUNK + 1037;

fn x() -> Vec<f32> {
    let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e-40, f32::MAX, f32::MIN];
    let mut x: Vec<f32> = (0..ELEMENTS).map(|index| (index % 4001) as f32 * 0.01 - 20.0).collect();
    x[777..777 + special.len()].copy_from_slice(&special);
    x
}

fn dy() -> Vec<f32> {
    (0..ELEMENTS).map(|index| (index % 11) as f32 - 5.0).collect()
}

fn activations() -> impl Iterator<Item = Activation> {
    Kind::ALL.iter().flat_map(|kind| kind.samples())
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn assert_same(got: &[f32], expected: &[f32], what: &str, activation: Activation) {
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
        Cpu::new().forward_in_place(activation, &mut in_place);
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
        Cpu::new().forward_in_place(activation, &mut y);
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
