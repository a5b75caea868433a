use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_render::render_resource::Buffer;
use bevy_render::renderer::{RenderContext, RenderDevice, RenderGraph, RenderGraphSystems};
use bevy_render::{RenderApp, RenderStartup};
use wgpu_activations::{Activation, Kernels, Span, Step, Storage};

/// Values that another system of yours computes.
#[derive(Resource)]
pub struct Values(pub Buffer);

#[derive(Resource)]
struct Activate(Step);

pub struct Activations;

impl Plugin for Activations {
    fn build(&self, app: &mut App) {
        let render = app.sub_app_mut(RenderApp);
        render.add_systems(RenderStartup, bind);
        render.add_systems(RenderGraph, activate.in_set(RenderGraphSystems::Begin)); // or `.after(yours)`
    }
}

fn bind(device: Res<RenderDevice>, values: Res<Values>, mut commands: Commands) -> Result {
    let kernel = Kernels::new(device.wgpu_device()).forward(Activation::MISH.kind(), Storage::F32)?;
    let span = Span::all(&values.0);
    commands.insert_resource(Activate(kernel.bind(Activation::MISH, [span], span)?));
    Ok(())
}

fn activate(step: Res<Activate>, mut context: RenderContext) {
    step.0.record(&mut context.command_encoder().begin_compute_pass(&Default::default()));
}
