//! Builds steps: of planned dispatches, wgpu's objects.

use std::num::NonZeroU64;
use std::sync::{Arc, Weak};

use super::pipelines::{Pipeline, Shared};
use super::step::{Dispatch, Recipe, Room, Step, Wanted};
use super::{compat, wgpu};
use crate::error::Error;
use crate::plan::bound::Bound;
use crate::plan::{self, Dispatches, Holder, Job, Planned, Resource, Scratch};

/// Whose programs a kernel binds, and what it calls what it makes.
#[derive(Debug, Clone)]
pub(super) struct Maker {
    pub(super) shared: Arc<Shared>,
    pub(super) label: Option<Arc<str>>,
}

impl Maker {
    /// Prepares the step, or what is wanted of it.
    pub(super) fn build(&self, bound: &Bound<'_, wgpu::Buffer>, wanted: Wanted<'_>) -> Result<Step, Error> {
        let planned = plan::dispatches(bound, &self.shared.limits, self.shared.division)?;
        match wanted {
            Wanted::Programs { .. } => {
                // What is compiled already says nothing of the device.
                self.shared.check_lost()?;
                let mut programs = planned.all.iter().map(|planned| planned.program);
                programs.try_for_each(|program| self.shared.pipeline(program).map(|_| ()))?;
                Ok(Step::default())
            }
            Wanted::Step { accumulate } => self.make(planned, accumulate, None),
            Wanted::Again(earlier) => self.make(planned, earlier.accumulate, Some(earlier)),
        }
    }

    /// What an earlier step of the same kernels has of the same kind is used again.
    pub(super) fn make(
        &self,
        Dispatches { all, scratch }: Dispatches<'_, wgpu::Buffer>,
        accumulate: bool,
        earlier: Option<&Step>,
    ) -> Result<Step, Error> {
        let owner = Arc::downgrade(&self.shared);
        let earlier = earlier.filter(|step| Weak::ptr_eq(&step.owner, &owner));
        let sources = all
            .iter()
            .enumerate()
            .map(|(index, planned)| self.source(planned, earlier.and_then(|step| step.recipes.get(index))));
        // Compiled before anything is watched: whoever waits for another thread's pipeline must not keep it from compiling.
        let sources = sources.collect::<Result<Vec<_>, Error>>()?;
        // A uniform that is written tells; bind groups alone are invalid without an error, and no dispatch needs a device.
        if !sources.is_empty() && sources.iter().all(|source| matches!(source, Source::Earlier(_))) {
            self.shared.check_lost()?;
        }
        self.shared.watched("a step", || {
            let room = scratch.map(|scratch| self.room(scratch, earlier.and_then(|step| step.room.as_ref())));
            let mut recipes = Vec::with_capacity(all.len());
            let mut dispatches = Vec::with_capacity(all.len());
            for (planned, source) in all.iter().zip(sources) {
                let recipe = self.recipe(planned, source)?;
                dispatches.push(self.dispatch(planned, &recipe, room.as_ref()));
                recipes.push(recipe);
            }
            Ok(Step { dispatches, recipes, room, accumulate, owner })
        })?
    }

    /// Where a dispatch of an earlier step has the same recipe, its pipeline and uniform serve again.
    fn source<'s>(
        &self,
        planned: &Planned<'_, wgpu::Buffer>,
        earlier: Option<&'s Recipe>,
    ) -> Result<Source<'s>, Error> {
        let same = |earlier: &&Recipe| {
            earlier.program == planned.program && earlier.job.bytes() == planned.job.bytes()
        };
        match earlier.filter(same) {
            Some(earlier) => Ok(Source::Earlier(earlier)),
            None => Ok(Source::New(self.shared.pipeline(planned.program)?)),
        }
    }

    fn recipe(
        &self,
        &Planned { program, job, .. }: &Planned<'_, wgpu::Buffer>,
        source: Source<'_>,
    ) -> Result<Recipe, Error> {
        match source {
            Source::Earlier(recipe) => Ok(recipe.clone()),
            Source::New(pipeline) => {
                let uniform = uniform(&self.shared, self.label(&pipeline.label), &job)?;
                Ok(Recipe { program, job, uniform, pipeline })
            }
        }
    }

    fn dispatch(
        &self,
        planned: &Planned<'_, wgpu::Buffer>,
        recipe: &Recipe,
        room: Option<&Room>,
    ) -> Dispatch {
        let Pipeline { pipeline, layout, label } = recipe.pipeline.clone();
        // A plan that binds scratch has some.
        let scratch = room.map_or(&recipe.uniform, |room| &room.buffer);
        let uniform = recipe.uniform.as_entire_buffer_binding();
        let resources = planned.resources.iter().map(|resource| binding(resource, scratch));
        let resources = std::iter::once(uniform).chain(resources);
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::Buffer(buffer),
            })
            .collect();
        let bind_group = self.shared.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.label(&label)),
            layout: &layout,
            entries: &entries,
        });
        Dispatch { pipeline, bind_group, workgroups: planned.workgroups }
    }

    /// An earlier step's scratch serves if the same places of it were written: others would be left over in it.
    fn room(&self, scratch: Scratch, earlier: Option<&Room>) -> Room {
        if let Some(earlier) = earlier.filter(|earlier| earlier.scratch == scratch) {
            return earlier.clone();
        }
        let buffer = self.shared.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(self.label("wgpu-activations partial sums")),
            size: scratch.bytes,
            usage: wgpu::BufferUsages::STORAGE,
            mapped_at_creation: false,
        });
        Room { buffer, scratch }
    }

    /// The user's own, or else this.
    fn label<'l>(&'l self, other: &'l str) -> &'l str {
        self.label.as_deref().unwrap_or(other)
    }
}

fn binding<'b>(resource: &Resource<'b, wgpu::Buffer>, scratch: &'b wgpu::Buffer) -> wgpu::BufferBinding<'b> {
    let buffer = match resource.holder {
        Holder::Given(buffer) => buffer,
        Holder::Scratch => scratch,
    };
    wgpu::BufferBinding { buffer, offset: resource.byte_offset, size: NonZeroU64::new(resource.byte_size) }
}

/// What a dispatch is made from.
enum Source<'s> {
    Earlier(&'s Recipe),
    New(Pipeline),
}

/// Created mapped, since that needs no queue, and costs a sixth of what writing through one does.
fn uniform(shared: &Shared, label: &str, job: &Job) -> Result<wgpu::Buffer, Error> {
    let buffer = shared.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: Job::BYTES,
        // To be written: the length of a step may be a value.
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: true,
    });
    compat::map_to_write(&buffer, "a uniform buffer", || shared.check_lost())?.copy_from_slice(job.bytes());
    buffer.unmap();
    Ok(buffer)
}
