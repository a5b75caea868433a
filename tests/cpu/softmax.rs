//! Softmax and its logarithm on the CPU.

use wgpu_activations::cpu::{Cpu, Threads};
use wgpu_activations::{Axis, Error, Softmax};

#[test]
#[cfg(feature = "verify")]
fn every_row_is_within_its_budget() {
    for storage in wgpu_activations::Storage::ALL {
        for check in pollster::block_on(wgpu_activations::verify::softmax(
            &Cpu::new(),
            wgpu_activations::SoftmaxKind::ALL,
            *storage,
        ))
        .unwrap()
        {
            assert!(check.pass, "{check}");
        }
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
