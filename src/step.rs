//! Steps: an activation bound to buffers, ready to be recorded.

use std::num::NonZeroU64;

use bytemuck::{Pod, Zeroable};

use crate::activation::{Activation, Kind, MAX_ARGUMENTS};
use crate::error::Error;
use crate::kernels::{Pipeline, Shared};
use crate::plan::{self, Access, Extent, MAX_OPERANDS, Operand, Pitch, Segment};
use crate::shader::{Direction, Function, Program, Shell};
use crate::span::Span;
use crate::storage::Storage;

/// A prepared step: everything checked and created, to be recorded into any number of passes.
///
/// It holds on to the buffers that it was bound to. Its parameters are baked in: what the GPU reads does not depend on when
/// the queue is written to.
#[derive(Debug, Clone, Default)]
pub struct Step {
    dispatches: Vec<Dispatch>,
    /// What each dispatch was made from.
    recipes: Vec<Recipe>,
    scratch: Vec<Scratch>,
    pub(crate) accumulate: bool,
}

/// Room for partial sums, in whole wide words: what no workgroup writes stays zero, as wgpu made it.
#[derive(Debug, Clone)]
struct Scratch {
    buffer: wgpu::Buffer,
    partials: u64,
}

/// What a dispatch was made from: all but the buffers of its operands.
#[derive(Debug, Clone)]
struct Recipe {
    program: Program,
    job: Job,
    uniform: wgpu::Buffer,
    pipeline: Pipeline,
}

/// One dispatch of a step, for hosts that record for themselves.
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
    /// Records the step. Replaces the pass's pipeline and its bind group 0; leaves all else as it is.
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

    /// The size of the memory that the step holds for partial sums; 0 for all but parameter gradients.
    #[must_use]
    pub fn scratch_bytes(&self) -> u64 {
        self.scratch.iter().map(|scratch| scratch.buffer.size()).sum()
    }
}

/// The uniform of one dispatch: `shaders/shells/job.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(crate) struct Job {
    words: u32,
    groups_per_row: u32,
    row_words: u32,
    padding: u32,
    offsets: [u32; MAX_OPERANDS],
    arguments: [f32; MAX_ARGUMENTS],
}

impl Job {
    pub(crate) const BYTES: u64 = size_of::<Self>() as u64;
}

/// What is to be computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) function: Function,
    pub(crate) storage: Storage,
    pub(crate) arguments: &'a [f32],
    pub(crate) accumulate: bool,
}

/// An operand of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) span: Span<'a>,
    pub(crate) pitch: Pitch,
    pub(crate) written: bool,
}

impl<'a> Place<'a> {
    pub(crate) fn read(span: Span<'a>) -> Self {
        Self { span, pitch: Pitch::Contiguous, written: false }
    }

    pub(crate) fn written(span: Span<'a>) -> Self {
        Self { written: true, ..Self::read(span) }
    }
}

/// Checks the operands of an activation and prepares the step. What an earlier step has of the same kind is used again.
pub(crate) fn bind(
    shared: &Shared,
    activation: Activation,
    direction: Direction,
    storage: Storage,
    inputs: &[Span<'_>],
    output: &Span<'_>,
    accumulate: bool,
    earlier: Option<&Step>,
) -> Result<Step, Error> {
    let elements = check(direction, storage, inputs, output)?;
    let function = Function::Activation(activation.kind(), direction);
    let task = Task { function, storage, arguments: &activation.arguments(), accumulate };
    if let Direction::ParameterGradient(_) = direction {
        let mut builder = Builder::new(shared, accumulate, earlier);
        Terms { task, inputs, elements }.sum(&mut builder, output)?;
        return Ok(builder.step);
    }
    let places: Vec<_> = inputs.iter().map(|span| Place::read(*span)).chain([Place::written(*output)]).collect();
    elementwise(shared, task, &places, Extent { elements, row: 0, storage }, earlier)
}

/// A step of one dispatch for each segment: every result depends on its own elements alone. Checked operands, inputs first.
pub(crate) fn elementwise(
    shared: &Shared,
    task: Task<'_>,
    places: &[Place<'_>],
    extent: Extent,
    earlier: Option<&Step>,
) -> Result<Step, Error> {
    let mut builder = Builder::new(shared, task.accumulate, earlier);
    for segment in plan::segments(&operands(places), extent, &shared.limits)? {
        let resources = resources(&segment, places);
        builder.segment(task, Shell::Elementwise, &segment, &resources)?;
    }
    Ok(builder.step)
}

/// All that can be wrong with operands, and their number of elements.
fn check(
    direction: Direction,
    storage: Storage,
    inputs: &[Span<'_>],
    output: &Span<'_>,
) -> Result<u64, Error> {
    let elements = inputs.first().map_or(0, |span| span.elements(storage));
    for (name, span) in direction.inputs().iter().zip(inputs) {
        span.check(name, storage)?;
        check_length(name, elements, span.elements(storage))?;
    }
    if let Direction::ParameterGradient(_) = direction {
        output.check(direction.output(), Storage::F32)?;
        check_length(direction.output(), 1, output.elements(Storage::F32))?;
        return Ok(elements);
    }
    output.check(direction.output(), storage)?;
    check_length(direction.output(), elements, output.elements(storage))?;
    match direction.inputs().iter().zip(inputs).find(|(_, span)| output.overlaps_in_part(span, storage)) {
        Some((input, _)) => Err(Error::Overlap { output: direction.output(), input }),
        None => Ok(elements),
    }
}

pub(crate) fn check_length(operand: &'static str, expected: u64, actual: u64) -> Result<(), Error> {
    if actual == expected { Ok(()) } else { Err(Error::LengthMismatch { operand, expected, actual }) }
}

/// What is summed: a function of these inputs, element by element.
struct Terms<'a> {
    task: Task<'a>,
    inputs: &'a [Span<'a>],
    elements: u64,
}

impl Terms<'_> {
    /// Level by level: the terms' partial sums into scratch, those again, until one is left, which goes to the output. The last level
    /// reads nothing but scratch, so that the output may lie in the buffer of an input.
    fn sum(&self, builder: &mut Builder<'_>, output: &Span<'_>) -> Result<(), Error> {
        let segments = self.segments(builder)?;
        let scratch = builder.scratch(blocks(&segments))?;
        self.sum_dispatches(builder, false, segments, &Span::all(&scratch))?;

        let inputs = [Span::all(&scratch)];
        let function = Function::Activation(Kind::Identity, Direction::Forward);
        let task = Task { function, storage: Storage::F32, arguments: &[], ..self.task };
        let partial_sums = Terms { task, inputs: &inputs, elements: inputs[0].elements(Storage::F32) };
        let segments = partial_sums.segments(builder)?;
        if blocks(&segments) == 1 {
            let accumulate = builder.step.accumulate;
            partial_sums.sum_dispatches(builder, accumulate, segments, output)
        } else {
            partial_sums.sum(builder, output)
        }
    }

    fn segments(&self, builder: &Builder<'_>) -> Result<Vec<Segment>, Error> {
        let extent = Extent { elements: self.elements, row: 0, storage: self.task.storage };
        plan::segments(&operands(&self.places()), extent, &builder.shared.limits)
    }

    fn places(&self) -> Vec<Place<'_>> {
        self.inputs.iter().map(|span| Place::read(*span)).collect()
    }

    /// The sums of the segments' blocks, one after the other into `output`.
    fn sum_dispatches(
        &self,
        builder: &mut Builder<'_>,
        accumulate: bool,
        segments: Vec<Segment>,
        output: &Span<'_>,
    ) -> Result<(), Error> {
        let alignment = builder.shared.limits.min_storage_buffer_offset_alignment;
        let begin = output.byte_offset() / alignment * alignment;
        let operand = self.inputs.len();
        let mut place = output.byte_offset() - begin;
        let task = Task { accumulate, ..self.task };
        for mut segment in segments {
            segment.layout.push_operand(operand, Access::ReadWrite);
            segment.offsets[operand] = plan::word_count(place / Storage::F32.bytes());
            place += u64::from(segment.blocks(Shell::Sum.block())) * Storage::F32.bytes();
            let mut resources = resources(&segment, &self.places());
            let size = NonZeroU64::new(place);
            resources.push(wgpu::BufferBinding { buffer: output.buffer(), offset: begin, size });
            builder.segment(task, Shell::Sum, &segment, &resources)?;
        }
        Ok(())
    }
}

/// A step in the making.
struct Builder<'a> {
    shared: &'a Shared,
    /// Where a dispatch of this one has the same recipe, its pipeline and uniform serve again.
    earlier: Option<&'a Step>,
    step: Step,
}

impl<'a> Builder<'a> {
    fn new(shared: &'a Shared, accumulate: bool, earlier: Option<&'a Step>) -> Self {
        Self { shared, earlier, step: Step { accumulate, ..Step::default() } }
    }

    fn segment(
        &mut self,
        task: Task<'_>,
        shell: Shell,
        segment: &Segment,
        resources: &[wgpu::BufferBinding<'_>],
    ) -> Result<(), Error> {
        let Task { function, storage, arguments, accumulate } = task;
        let (width, layout) = (segment.width, segment.layout);
        let program = Program { function, shell, storage, width, layout, accumulate };
        let (x, y) = plan::grid(segment.blocks(shell.block()), &self.shared.limits)?;
        let mut job = Job {
            words: segment.words,
            groups_per_row: x,
            row_words: segment.row_words,
            offsets: segment.offsets,
            ..Job::zeroed()
        };
        job.arguments[..arguments.len()].copy_from_slice(arguments);
        self.dispatch(program, job, [x, y, 1], resources)
    }

    fn dispatch(
        &mut self,
        program: Program,
        job: Job,
        workgroups: [u32; 3],
        resources: &[wgpu::BufferBinding<'_>],
    ) -> Result<(), Error> {
        let earlier = self.earlier.and_then(|step| step.recipes.get(self.step.recipes.len()));
        let recipe = match earlier.filter(|earlier| earlier.program == program) {
            Some(earlier) if bytemuck::bytes_of(&earlier.job) == bytemuck::bytes_of(&job) => earlier.clone(),
            _ => {
                let pipeline = self.shared.pipeline(program)?;
                let uniform = uniform(self.shared, &pipeline.label, &job)?;
                Recipe { program, job, uniform, pipeline }
            }
        };
        let uniform = recipe.uniform.as_entire_buffer_binding();
        let entries: Vec<_> = (0..)
            .zip(std::iter::once(uniform).chain(resources.iter().cloned()))
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: wgpu::BindingResource::Buffer(buffer),
            })
            .collect();
        let Pipeline { pipeline, layout, label } = recipe.pipeline.clone();
        let bind_group = self.shared.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&label),
            layout: &layout,
            entries: &entries,
        });
        self.step.dispatches.push(Dispatch { pipeline, bind_group, workgroups });
        self.step.recipes.push(recipe);
        Ok(())
    }

    /// An earlier step's scratch serves if just as many partial sums went there: others would be left over in it.
    fn scratch(&mut self, partials: u64) -> Result<wgpu::Buffer, Error> {
        let earlier = self.earlier.and_then(|step| step.scratch.get(self.step.scratch.len()));
        let scratch = match earlier.filter(|scratch| scratch.partials == partials) {
            Some(scratch) => scratch.clone(),
            None => Scratch { buffer: scratch_buffer(self.shared, partials)?, partials },
        };
        let buffer = scratch.buffer.clone();
        self.step.scratch.push(scratch);
        Ok(buffer)
    }
}

fn scratch_buffer(shared: &Shared, partials: u64) -> Result<wgpu::Buffer, Error> {
    let size = partials.next_multiple_of(4).max(4) * Storage::F32.bytes();
    shared.check_buffer_size("scratch for partial sums", size)?;
    Ok(shared.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("wgpu-activations partial sums"),
        size,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    }))
}

/// The operands as planning sees them.
fn operands(places: &[Place<'_>]) -> Vec<Operand> {
    let first_of =
        |buffer: &wgpu::Buffer| places.iter().position(|place| place.span.buffer() == buffer);
    let operand = |(index, Place { span, pitch, written }): (usize, &Place<'_>)| Operand {
        buffer: first_of(span.buffer()).unwrap_or(index),
        byte_offset: span.byte_offset(),
        written: *written,
        pitch: *pitch,
    };
    places.iter().enumerate().map(operand).collect()
}

fn resources<'a>(segment: &Segment, places: &[Place<'a>]) -> Vec<wgpu::BufferBinding<'a>> {
    let resource = |binding: &plan::Binding| wgpu::BufferBinding {
        buffer: places[binding.buffer].span.buffer(),
        offset: binding.byte_offset,
        size: NonZeroU64::new(binding.byte_size),
    };
    segment.bindings.iter().map(resource).collect()
}

/// How many partial sums the segments give.
fn blocks(segments: &[Segment]) -> u64 {
    segments.iter().map(|segment| u64::from(segment.blocks(Shell::Sum.block()))).sum()
}

/// Created mapped, since that needs no queue, and costs a sixth of what writing through one does.
fn uniform(shared: &Shared, label: &str, job: &Job) -> Result<wgpu::Buffer, Error> {
    let buffer = shared.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: Job::BYTES,
        usage: wgpu::BufferUsages::UNIFORM,
        mapped_at_creation: true,
    });
    let refused =
        |error: wgpu::MapRangeError| Error::Refused { what: "a uniform buffer", message: error.to_string() };
    buffer.get_mapped_range_mut(..).map_err(refused)?.copy_from_slice(bytemuck::bytes_of(job));
    buffer.unmap();
    Ok(buffer)
}
