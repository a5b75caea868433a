//! wgpu-activations in the callbacks of other crates, as short as it can be.

use egui_wgpu::{CallbackResources, CallbackTrait, ScreenDescriptor};
use wgpu::{CommandBuffer, CommandEncoder, Device, Queue, RenderPass};
use wgpu_activations::Step;
use wgpu_profiler::GpuProfiler;

/// egui: computes in egui's own encoder, before anything is painted.
#[derive(Debug)]
pub struct Callback(pub Step);

impl CallbackTrait for Callback {
    fn prepare(
        &self,
        _: &Device,
        _: &Queue,
        _: &ScreenDescriptor,
        encoder: &mut CommandEncoder,
        _: &mut CallbackResources,
    ) -> Vec<CommandBuffer> {
        self.0.record(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
        Vec::new()
    }

    fn paint(&self, _: egui_wgpu::PaintCallbackInfo, _: &mut RenderPass<'static>, _: &CallbackResources) {
        // Draw what was computed.
    }
}

/// wgpu-profiler: a scope of its own, whose time the GPU measures.
pub fn profiled(profiler: &GpuProfiler, encoder: &mut CommandEncoder, step: &Step) {
    let mut frame = profiler.scope("frame", encoder);
    step.record(&mut frame.scoped_compute_pass("activation"));
}
