//! A step in a scope of wgpu-profiler, as docs/embedding.md shows it.

#[allow(unreachable_pub, reason = "it is of another crate, too")]
#[path = "../../hosts/src/profiler.rs"]
mod host;

use wgpu_activations::{Activation, Storage};
use wgpu_profiler::{GpuProfiler, GpuProfilerSettings};

use crate::common::GPU;

#[test]
fn a_step_is_recorded_in_a_scope() {
    let act = Activation::RELU;
    let x = GPU.upload(&[-1.0, 2.0]).unwrap();
    let kernel = GPU.kernels().forward(act.kind(), Storage::F32).unwrap();
    let step = kernel.bind(act, [x.span()], x.span()).unwrap();
    let mut profiler = GpuProfiler::new(GPU.device(), GpuProfilerSettings::default()).unwrap();
    let mut encoder = GPU.device().create_command_encoder(&Default::default());
    host::record(&step, &mut encoder, &profiler);
    profiler.resolve_queries(&mut encoder);
    GPU.queue().submit([encoder.finish()]);
    profiler.end_frame().unwrap();
    assert_eq!(GPU.read_blocking(&x).unwrap(), [0.0, 2.0]);
}
