use wgpu::CommandEncoder;
use wgpu_activations::Step;
use wgpu_profiler::GpuProfiler;

/// In a scope of its own, whose time the GPU measures where it can.
pub fn record(step: &Step, encoder: &mut CommandEncoder, profiler: &GpuProfiler) {
    let mut frame = profiler.scope("frame", encoder);
    step.record(&mut frame.scoped_compute_pass("activation"));
}
