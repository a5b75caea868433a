//! Steps: operations bound to buffers, ready to be recorded.

use std::sync::Weak;

use super::pipelines::{Pipeline, Shared};
use super::wgpu;
use crate::plan::{Job, Scratch};
use crate::shader::Program;

/// A prepared step: everything is checked and created, and it can be recorded into any number of passes.
///
/// It keeps the buffers that it is bound to alive. Its parameters are baked in: what the GPU reads does not depend on when the queue is
/// written.
///
/// ```
/// use wgpu_activations::{Step, wgpu};
///
/// fn frame(activate: &Step, encoder: &mut wgpu::CommandEncoder) {
///     let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
///     activate.record(&mut pass); // between passes of yours, as often as you like
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub(super) dispatches: Vec<Dispatch>,
    /// What each dispatch was made from.
    pub(super) recipes: Vec<Recipe>,
    pub(super) room: Option<Room>,
    pub(super) accumulate: bool,
    /// Whose pipelines these are.
    pub(super) owner: Weak<Shared>,
}

/// What of a step is wanted.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    Step {
        accumulate: bool,
    },
    /// What an earlier one has of the same kind is used again.
    Again(&'a Step),
    /// Only what has to be compiled for it.
    Programs {
        accumulate: bool,
    },
}

impl Wanted<'_> {
    pub(super) fn accumulates(&self) -> bool {
        match self {
            Self::Step { accumulate } | Self::Programs { accumulate } => *accumulate,
            Self::Again(step) => step.accumulate,
        }
    }
}

/// Room for partial sums: zero, as wgpu makes it.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) buffer: wgpu::Buffer,
    pub(super) scratch: Scratch,
}

/// What a dispatch was made from: all but the buffers of its operands.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) program: Program,
    pub(super) job: Job,
    pub(super) uniform: wgpu::Buffer,
    pub(super) pipeline: Pipeline,
}

/// One dispatch of a step, for hosts that do their own recording.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Dispatch {
    /// The pipeline to set.
    pub pipeline: wgpu::ComputePipeline,
    /// The bind group to set as number 0.
    pub bind_group: wgpu::BindGroup,
    /// The numbers of workgroups to dispatch.
    pub workgroups: [u32; 3],
}

impl Step {
    /// Records the step. This replaces the pass's pipeline and its bind group 0, and nothing else.
    ///
    /// wgpu orders the dispatches of a pass by the buffers that they use: a step sees what was recorded before it.
    pub fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        for dispatch in &self.dispatches {
            let [x, y, z] = dispatch.workgroups;
            pass.set_pipeline(&dispatch.pipeline);
            pass.set_bind_group(0, &dispatch.bind_group, &[]);
            pass.dispatch_workgroups(x, y, z);
        }
    }

    /// The dispatches, in the order in which they must run.
    #[must_use]
    pub fn dispatches(&self) -> &[Dispatch] {
        &self.dispatches
    }

    /// The memory that the step holds for partial sums, in bytes; 0 except for parameter gradients.
    #[must_use]
    pub fn scratch_bytes(&self) -> u64 {
        self.room.as_ref().map_or(0, |room| room.scratch.bytes)
    }
}
