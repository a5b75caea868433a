//! On a device with small limits: any length, split where a binding or a row of workgroups ends. What decides is how many there are,
//! not how many elements they hold.

use std::sync::LazyLock;

use wgpu_activations::half::{bf16, f16};
use wgpu_activations::{Activation, Element, Error, Gpu, Kind, Storage, wgpu};

use crate::common::{device_with, submit};
use crate::host::leaky_relu_in_range;

/// WebGPU's smallest limits, with the invocations of its compatibility mode; bindings of 32 KiB, rows of 5 workgroups. A buffer is
/// larger than a binding may be, as is usual.
pub(crate) static GPU: LazyLock<Gpu> = LazyLock::new(|| {
    device_with(|_| wgpu::Limits {
        max_compute_invocations_per_workgroup: 128,
        max_compute_workgroup_size_x: 128,
        max_compute_workgroup_size_y: 128,
        max_compute_workgroups_per_dimension: 5,
        max_storage_buffer_binding_size: 1 << 15,
        max_buffer_size: 1 << 20,
        ..wgpu::Limits::downlevel_defaults()
    })
});

/// Elements that three bindings hold, and a fourth begins.
fn split<T: Element>(x_offset: usize, y_offset: usize) {
    let elements = 3 * (1 << 15) / T::STORAGE.bytes() as usize + 703;
    let step = leaky_relu_in_range::<T>(&GPU, elements, x_offset, y_offset);
    assert!(step.dispatches().len() >= 4, "{} dispatches", step.dispatches().len());
    // Apart from each other, all is narrow: four times the workgroups.
    let folded = step.dispatches().iter().any(|dispatch| dispatch.workgroups[1] > 1);
    assert!(folded || x_offset % 4 == y_offset % 4, "no grid is folded");
}

#[test]
fn more_than_one_binding_may_hold_at_any_offset() {
    for offset in 0..4 {
        for y_offset in [64, 64 + offset] {
            split::<f32>(64 + offset, y_offset);
            split::<f16>(64 + offset, y_offset);
            split::<bf16>(64 + offset, y_offset);
        }
    }
}

#[test]
fn in_place() {
    let x: Vec<f32> = (0..50_001).map(|index| (index % 201) as f32 - 100.0).collect();
    let buffer = GPU.upload(&x).unwrap();
    let kernel = GPU.kernels().forward(Kind::Relu, Storage::F32).unwrap();
    let step = kernel.bind(Activation::RELU, [buffer.span()], buffer.span()).unwrap();
    assert!(step.dispatches().len() >= 4, "{} dispatches", step.dispatches().len());
    submit(&GPU, &[&step]);
    assert!(GPU.read_blocking(&buffer).unwrap().into_iter().eq(x.iter().map(|x| x.max(0.0))));
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
