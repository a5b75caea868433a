//! Softmax and its logarithm on a real adapter. Fails without one.

use wgpu_activations::half::f16;
use wgpu_activations::{Axis, Error, Kernels, Softmax, SoftmaxKind, Span, Storage, wgpu};

use crate::common::{GPU, device_with, submit};

#[test]
#[cfg(feature = "verify")]
fn every_row_is_within_its_budget() {
    for storage in Storage::ALL {
        for check in
            pollster::block_on(wgpu_activations::verify::softmax(&*GPU, SoftmaxKind::ALL, *storage)).unwrap()
        {
            assert!(check.pass, "{check}");
        }
    }
}

#[test]
fn rows_in_an_arena_in_place_and_accumulating() {
    let kernels = Kernels::new(GPU.device());
    let kernel = kernels.softmax(SoftmaxKind::Softmax, Storage::F32).unwrap();
    let softmax = Softmax::new(Axis::last(3));
    // Two rows from element 1 on, and as many results from element 8 on.
    let arena =
        GPU.upload(&[9.0_f32, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0]).unwrap();
    let (x, y) = (Span::new(arena.buffer(), 4, 6), Span::new(arena.buffer(), 32, 6));
    let steps = [kernel.bind_accumulate(softmax, [x], y).unwrap(), kernel.bind(softmax, [x], x).unwrap()];
    submit(&GPU, &steps.each_ref());
    let third = 1.0_f32 / 3.0;
    let row = [0.090_030_57, 0.244_728_48, 0.665_240_94, third, third, third];
    let expected: Vec<f32> = [&[9.0][..], &row, &[9.0], &row.map(|y| 1.0 + y), &[9.0]].concat();
    for (got, expected) in GPU.read_blocking(&arena).unwrap().into_iter().zip(expected) {
        assert!((got - expected).abs() <= 2.4e-7, "{got} for {expected}");
    }
}

#[test]
fn many_rows_are_cut_where_bindings_end() {
    let limits =
        wgpu::Limits { max_storage_buffer_binding_size: 1 << 16, ..wgpu::Limits::downlevel_defaults() };
    let gpu = device_with(|_| limits);
    let x: Vec<f32> = (0..100_000).map(|index| (index % 10) as f32).collect();
    let y = gpu.softmax(Softmax::log(Axis::last(10)), &gpu.upload(&x).unwrap()).unwrap();
    let y = gpu.read_blocking(&y).unwrap();
    assert!(y.chunks(10).all(|row| row == &y[..10]));
    let long = gpu.softmax(Softmax::new(Axis::last(100_000)), &gpu.upload(&x).unwrap());
    assert!(matches!(long, Err(Error::LimitExceeded { wanted: 400_000, allowed: 65536, .. })), "{long:?}");
}

#[test]
fn mistakes_are_typed_errors() {
    let x = GPU.upload(&[1.0_f32; 12]).unwrap();
    let refused = |softmax| GPU.softmax(softmax, &x).unwrap_err();
    assert!(matches!(refused(Softmax::new(Axis::last(5))), Error::NotDivisible { divisor: 5, .. }));
    assert!(matches!(refused(Softmax::new(Axis::new(u64::MAX, 3))), Error::NotDivisible { .. }));
    assert!(matches!(refused(Softmax::new(Axis::new(0, 3))), Error::NotDivisible { divisor: 0, .. }));
    for scale in [0.0, f32::NAN, f32::INFINITY, 1e-31] {
        let scaled = Softmax::new(Axis::last(4)).scaled(scale);
        assert!(matches!(scaled, Err(Error::InvalidParameter { parameter: "scale", .. })), "{scaled:?}");
    }
    let halves = GPU.upload(&[f16::ONE; 6]).unwrap();
    let odd = GPU.softmax(Softmax::new(Axis::last(3)), &halves);
    assert!(matches!(odd, Err(Error::OddRows { neighbours: 3 })), "{odd:?}");
    assert!(matches!(Axis::of(&[2, 3], 2), Err(Error::NoSuchDimension { dimension: 2, dimensions: 2 })));
    assert!(matches!(Axis::of(&[2, 3], -3), Err(Error::NoSuchDimension { .. })));
    let kernels = Kernels::new(GPU.device());
    let other = kernels.softmax(SoftmaxKind::LogSoftmax, Storage::F32).unwrap();
    let wrong = other.bind(Softmax::new(Axis::last(4)), [x.span()], x.span());
    assert!(matches!(wrong, Err(Error::WrongKernel { .. })), "{wrong:?}");
}

#[test]
fn no_elements_have_any_axis() {
    let none = GPU.upload::<f32>(&[]).unwrap();
    for axis in [Axis::last(0), Axis::last(5), Axis::new(u64::MAX, u64::MAX)] {
        let y = GPU.softmax(Softmax::new(axis), &none).unwrap();
        assert!(GPU.read_blocking(&y).unwrap().is_empty());
    }
}
