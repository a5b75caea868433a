//! Functions of rows on the CPU.

use wgpu_activations::cpu::{Cpu, Threads};
use wgpu_activations::{Axis, CrossEntropy, Error, Softmax};

#[test]
#[cfg(feature = "verify")]
fn every_row_is_within_its_budget() {
    for storage in wgpu_activations::Storage::ALL {
        use wgpu_activations::{SoftmaxKind, Targets, verify};
        let cpu = Cpu::new();
        let mut checks = pollster::block_on(verify::softmax(&cpu, SoftmaxKind::ALL, *storage)).unwrap();
        checks.extend(pollster::block_on(verify::gumbel_softmax(&cpu, *storage)).unwrap());
        let losses = pollster::block_on(verify::cross_entropy(&cpu, Targets::ALL, *storage)).unwrap();
        let failed = checks.iter().chain(&losses).filter(|check| !check.pass);
        let failed: Vec<String> = failed.map(ToString::to_string).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}

#[test]
#[cfg(feature = "verify")]
fn results_from_elsewhere_are_judged_row_by_row() {
    use wgpu_activations::{SoftmaxKind, Storage, verify};
    let x = [2.0, 1.0, 0.1, -1.0, f32::NEG_INFINITY, 3.0, 0.0, -2.0_f32];
    for kind in SoftmaxKind::ALL {
        let softmax = Softmax::of(*kind, Axis::new(2, 2)).scaled(0.7).unwrap();
        let reduces = *kind == SoftmaxKind::LogSumExp;
        let mut y = if reduces { vec![0.0; 4] } else { vec![0.0; 8] };
        if reduces {
            Cpu::new().logsumexp(softmax, &x, &mut y).unwrap();
        } else {
            Cpu::new().softmax(softmax, &x, &mut y).unwrap();
        }
        let judge = |y: &[f32]| verify::judge_softmax(softmax, Storage::F32, &x, y);
        let right = judge(&y).unwrap();
        assert!(right.pass && right.max_ulp <= 0.501 && right.shape == [2, 2, 2], "{right}");
        // The second element of the tensor's fourth row; of logsumexp the row's own result.
        let place = if reduces { 3 } else { 7 };
        y[place] += 0.01;
        let wrong = judge(&y).unwrap();
        assert!(!wrong.pass && wrong.worst == [3, u64::from(!reduces)], "{wrong}");
        assert!(matches!(judge(&y[1..]), Err(Error::LengthMismatch { operand: "got", .. })));
        let ragged = verify::judge_softmax(softmax, Storage::F32, &x[..6], &y);
        assert!(matches!(ragged, Err(Error::NotDivisible { operand: "x", .. })), "{ragged:?}");
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
