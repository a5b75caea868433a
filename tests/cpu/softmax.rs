//! Functions of rows on the CPU.

use wgpu_activations::cpu::{Cpu, Threads};
use wgpu_activations::{Axis, CrossEntropy, Error, Softmax};

#[test]
#[cfg(feature = "verify")]
fn every_row_is_within_its_budget() {
    for storage in wgpu_activations::Storage::ALL {
        use wgpu_activations::{SoftmaxKind, Targets, verify};
        let cpu = Cpu::new();
        let checks = pollster::block_on(verify::softmax(&cpu, SoftmaxKind::ALL, *storage)).unwrap();
        let losses = pollster::block_on(verify::cross_entropy(&cpu, Targets::ALL, *storage)).unwrap();
        let failed = checks.iter().chain(&losses).filter(|check| !check.pass);
        let failed: Vec<String> = failed.map(ToString::to_string).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}

#[test]
fn threads_change_nothing() {
    let x: Vec<f32> = (0..200_000).map(|index| (index * 7919 % 1001) as f32 / 50.0).collect();
    let softmax = Softmax::log(Axis::new(50, 4));
    let [one, all] = [Threads::One, Threads::All].map(|threads| {
        let mut y = vec![0.0; x.len()];
        Cpu::with_threads(threads).softmax(softmax, &x, &mut y).unwrap();
        y
    });
    assert_eq!(one, all);
}

#[test]
fn mistakes_are_typed_errors() {
    let (cpu, x, mut y) = (Cpu::new(), [0.0_f32; 6], [9.0_f32; 6]);
    let long = cpu.softmax(Softmax::new(Axis::last(4)), &x, &mut y);
    assert!(matches!(long, Err(Error::NotDivisible { operand: "x", divisor: 4, .. })), "{long:?}");
    let short = cpu.softmax(Softmax::new(Axis::last(3)), &x, &mut y[..3]);
    assert!(matches!(short, Err(Error::LengthMismatch { operand: "y", .. })), "{short:?}");
    assert_eq!(y, [9.0; 6]);
    cpu.softmax(Softmax::new(Axis::new(u64::MAX, 2)), &[0.0_f32; 0], &mut []).unwrap();
}

#[test]
fn losses_want_a_label_and_room_for_each_row() {
    let (cpu, x, axis) = (Cpu::new(), [0.0_f32; 6], Axis::last(3));
    let (loss, mut results) = (CrossEntropy::new(axis), [9.0_f32; 2]);
    let few = cpu.cross_entropy(loss, &x, &[1], &mut results);
    assert!(matches!(few, Err(Error::RowMismatch { operand: "labels", expected: 2, actual: 1 })), "{few:?}");
    let short = cpu.cross_entropy(loss, &x, &[1, 2], &mut results[..1]);
    assert!(matches!(short, Err(Error::RowMismatch { operand: "loss", .. })), "{short:?}");
    let other = cpu.cross_entropy_with_probabilities(loss, &x, &x, &mut results);
    assert!(matches!(other, Err(Error::WrongKernel { .. })), "{other:?}");
    let reduced = cpu.softmax(Softmax::logsumexp(axis), &x, &mut [0.0; 6]);
    assert!(matches!(reduced, Err(Error::LengthMismatch { .. })), "{reduced:?}");
    assert_eq!(results, [9.0; 2]);
    cpu.cross_entropy(loss.ignoring(7), &x, &[7, 3], &mut results).unwrap();
    assert!(results[0] == 0.0 && results[1].is_nan(), "{results:?}");
}
