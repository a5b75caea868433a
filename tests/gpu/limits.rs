//! On a device with the smallest limits that WebGPU allows: any length, split where it must be. Fails without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::sync::LazyLock;

use common::{device_with, submit};
use wgpu_activations::half::f16;
use wgpu_activations::wgpu;
use wgpu_activations::{Activation, Element, Error, Gpu, Kind, Span, Storage};

/// WebGPU's defaults, below which no device may go, with the invocations of its compatibility mode. A buffer is larger than a
/// binding may be, as is usual.
static GPU: LazyLock<Gpu> = LazyLock::new(|| {
    let gpu = device_with(|_| wgpu::Limits {
        max_compute_invocations_per_workgroup: 128,
        max_compute_workgroup_size_x: 128,
        max_compute_workgroup_size_y: 128,
        ..wgpu::Limits::downlevel_defaults()
    });
    assert_eq!(gpu.device().limits().max_storage_buffer_binding_size, 128 << 20);
    gpu
});

/// Every fourth word is negative: -4, else its place's last digits.
fn value(index: usize) -> f32 {
    if index % 4 == 3 { -4.0 } else { (index % 251) as f32 }
}

fn check<T: Element>(elements: usize) {
    let act = Activation::leaky_relu(0.5).unwrap();
    let x: Vec<T> = (0..elements).map(|index| T::from_f32(value(index))).collect();
    let buffer = GPU.upload(&x).unwrap();
    let kernel = GPU.kernels().forward(Kind::LeakyRelu, T::STORAGE).unwrap();
    let step = kernel.bind(act, [buffer.span()], buffer.span()).unwrap();
    assert!(step.dispatches().len() > 1, "more than one binding may hold");
    submit(&GPU, &[&step]);
    for (index, y) in GPU.read_blocking(&buffer).unwrap().into_iter().enumerate() {
        let expected = if value(index) > 0.0 { value(index) } else { 0.5 * value(index) };
        assert_eq!(y.to_f32(), expected, "element {index} of {elements}");
    }
}

#[test]
fn more_than_one_binding_may_hold() {
    check::<f32>((128 << 20) / 4 + 70_003);
    check::<f16>((128 << 20) / 2 + 70_003);
}

/// At an odd word, all is narrow: more workgroups than a dimension may have, be an invocation's words four or eight, and yet no
/// more than a binding may hold.
#[test]
fn more_workgroups_than_a_dimension_may_have() {
    let elements = 65_535 * 64 * 8 + 123;
    let x: Vec<f32> = (0..elements + 1).map(value).collect();
    let (x_buffer, y_buffer) = (GPU.upload(&x).unwrap(), GPU.upload(&vec![0.0; elements]).unwrap());
    let kernel = GPU.kernels().forward(Kind::Relu, Storage::F32).unwrap();
    let shifted = Span::new(x_buffer.buffer(), 4, elements as u64);
    let step = kernel.bind(Activation::RELU, [shifted], y_buffer.span()).unwrap();
    assert!(step.dispatches().iter().any(|dispatch| dispatch.workgroups[1] > 1), "the grid is folded");
    submit(&GPU, &[&step]);
    let expected = x[1..].iter().map(|x| x.max(0.0));
    assert!(GPU.read_blocking(&y_buffer).unwrap().into_iter().eq(expected));
}

#[test]
fn a_buffer_beyond_the_limit_is_a_typed_error() {
    let limits = GPU.device().limits();
    let values = vec![0u16; usize::try_from(limits.max_buffer_size / 2 + 2).unwrap()];
    let error = GPU.upload::<f16>(bytemuck::cast_slice(&values)).unwrap_err();
    let Error::LimitExceeded { limit, wanted, allowed, .. } = error else { unreachable!("{error}") };
    assert_eq!(
        (limit, wanted, allowed),
        ("max_buffer_size", limits.max_buffer_size + 4, limits.max_buffer_size)
    );
}
