use egui_wgpu::{CallbackResources, CallbackTrait, ScreenDescriptor};
use wgpu::{CommandBuffer, CommandEncoder, Device, Queue, RenderPass};
use wgpu_activations::Step;

pub struct Activate(pub Step); // ui.painter().add(egui_wgpu::Callback::new_paint_callback(rect, Activate(step)))

impl CallbackTrait for Activate {
    /// In egui's own encoder, before it paints anything.
    fn prepare(
        &self,
        _: &Device,
        _: &Queue,
        _: &ScreenDescriptor,
        encoder: &mut CommandEncoder,
        _: &mut CallbackResources,
    ) -> Vec<CommandBuffer> {
        self.0.record(&mut encoder.begin_compute_pass(&Default::default()));
        Vec::new()
    }

    /// Yours: draw what was computed.
    fn paint(&self, _: egui::PaintCallbackInfo, _: &mut RenderPass<'static>, _: &CallbackResources) {}
}
