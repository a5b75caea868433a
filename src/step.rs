//! Steps: an activation bound to buffers, ready to be recorded.

use std::num::NonZeroU64;

use bytemuck::{Pod, Zeroable};

use crate::activation::MAX_ARGUMENTS;
use crate::error::Error;
use crate::kernels::{Pipeline, Shared};
use crate::parameters::{Channels, Learned, Parameters, Source};
use crate::plan::{self, Access, Extent, MAX_OPERANDS, Operand, Pitch, Segment, Width, word_count};
use crate::shader::{Arguments, Direction, Function, Grain, Program, Shell};
use crate::span::Span;
use crate::storage::Storage;
use crate::sum;

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

/// Room for partial sums. What no workgroup writes stays zero, as wgpu made it.
#[derive(Debug, Clone)]
struct Scratch {
    buffer: wgpu::Buffer,
    /// What is written there.
    written: Vec<[u64; 3]>,
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

    /// The memory that the step holds for partial sums, in bytes; 0 for all but parameter gradients.
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
    channel: u32,
    phase: u32,
    inner: u32,
    channels: u32,
    pub(crate) columns: u32,
    pub(crate) run: u32,
    pub(crate) rows: u32,
    pub(crate) group_columns: u32,
    pub(crate) rows_per_lane: u32,
    pub(crate) stride: u32,
    pub(crate) first_column: u32,
    seed: [u32; 2],
    first: [u32; 2],
    padding: [u32; 2],
    offsets: [u32; MAX_OPERANDS],
    arguments: [f32; MAX_ARGUMENTS],
}

impl Job {
    pub(crate) const BYTES: u64 = size_of::<Self>() as u64;

    /// The channels of a segment, counted from its first element, in elements or in words of so many.
    fn set_channels(&mut self, channels: Channels, first: u64, per_unit: u64) {
        let Channels { channels: count, inner } = channels;
        self.channel = word_count(first / inner.max(1) % count.max(1));
        self.phase = word_count(first % inner.max(1) / per_unit);
        self.inner = word_count(inner / per_unit);
        self.channels = word_count(count);
    }
}

/// Low word first.
fn words_of(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// What is to be computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) function: Function,
    pub(crate) storage: Storage,
    pub(crate) arguments: &'a [f32],
    pub(crate) learned: Option<Learned<'a>>,
    pub(crate) seed: Option<u64>,
    pub(crate) accumulate: bool,
}

impl Task<'_> {
    /// Where a segment's parameters come from.
    fn source(&self, first: u64, width: Width) -> Arguments {
        let Some(Learned { channels, .. }) = self.learned else {
            return if self.seed.is_some() { Arguments::Drawn } else { Arguments::Uniform };
        };
        Arguments::Learned(channels.grain(first, self.storage.per_word(width)))
    }
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

/// An activation's operands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) direction: Direction,
    pub(crate) storage: Storage,
    pub(crate) parameters: Parameters<'a>,
    pub(crate) inputs: &'a [Span<'a>],
    pub(crate) output: Span<'a>,
    pub(crate) accumulate: bool,
}

/// Checks the operands of an activation and prepares the step. What an earlier step has of the same kind is used again.
pub(crate) fn bind(shared: &Shared, request: Request<'_>, earlier: Option<&Step>) -> Result<Step, Error> {
    let Request { direction, storage, parameters, inputs, output, accumulate } = request;
    let Parameters { activation, source } = parameters;
    let elements = check(&request)?;
    let mut arguments = activation.arguments();
    let (learned, seed) = match source {
        Source::Values => (None, None),
        Source::Learned(learned) => (Some(learned), None),
        Source::Drawn { seed } => {
            let (lower, upper) = (arguments[0], arguments[1]);
            // The CPU subtracts once, too.
            arguments = vec![lower, upper, upper - lower];
            (None, Some(seed))
        }
    };
    let function = Function::Activation(activation.kind(), direction);
    let task = Task { function, storage, arguments: &arguments, learned, seed, accumulate };
    let mut builder = Builder::new(shared, accumulate, earlier);
    if let Direction::ParameterGradient(_) = direction {
        sum::gradient(&mut builder, task, inputs, elements, parameters.channels(), &output)?;
    } else {
        let read = inputs.iter().map(|span| Place::read(*span));
        let places: Vec<_> = read.chain([Place::written(output)]).collect();
        builder.elementwise(task, &places, Extent::new(elements, storage))?;
    }
    Ok(builder.step)
}

/// All that can be wrong with operands, and their number of elements.
fn check(request: &Request<'_>) -> Result<u64, Error> {
    let Request { direction, storage, parameters, inputs, output, .. } = request;
    let elements = inputs.first().map_or(0, |span| span.elements(*storage));
    for (name, span) in direction.inputs().iter().zip(*inputs) {
        span.check(name, *storage)?;
        check_length(name, elements, span.elements(*storage))?;
    }
    parameters.check(elements)?;
    let name = direction.output();
    if let Direction::ParameterGradient(_) = direction {
        output.check(name, Storage::F32)?;
        check_length(name, parameters.channels().channels, output.elements(Storage::F32))?;
        return Ok(elements);
    }
    output.check(name, *storage)?;
    check_length(name, elements, output.elements(*storage))?;
    match direction.inputs().iter().zip(*inputs).find(|(_, span)| output.overlaps_in_part(span, *storage)) {
        Some((input, _)) => Err(Error::Overlap { output: name, input }),
        None => Ok(elements),
    }
}

pub(crate) fn check_length(operand: &'static str, expected: u64, actual: u64) -> Result<(), Error> {
    if actual == expected { Ok(()) } else { Err(Error::LengthMismatch { operand, expected, actual }) }
}

/// A step in the making.
pub(crate) struct Builder<'a> {
    pub(crate) shared: &'a Shared,
    /// Where a dispatch of this one has the same recipe, its pipeline and uniform serve again.
    earlier: Option<&'a Step>,
    pub(crate) step: Step,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(shared: &'a Shared, accumulate: bool, earlier: Option<&'a Step>) -> Self {
        Self { shared, earlier, step: Step { accumulate, ..Step::default() } }
    }

    /// One dispatch for each segment: every result depends on its own elements alone. Checked operands, inputs first.
    pub(crate) fn elementwise(
        &mut self,
        task: Task<'_>,
        places: &[Place<'_>],
        extent: Extent,
    ) -> Result<(), Error> {
        for segment in plan::segments(&operands(places), extent, &self.shared.limits)? {
            let resources = resources(&segment, places);
            let groups = segment.words.div_ceil(self.shared.division.block());
            self.segment(task, Shell::Elementwise, segment, places, Job::zeroed(), groups, resources)?;
        }
        Ok(())
    }

    /// One dispatch of so many workgroups; `job` holds what is the shell's own.
    #[allow(clippy::too_many_arguments, reason = "a dispatch is made of that much")]
    pub(crate) fn segment<'b>(
        &mut self,
        task: Task<'b>,
        shell: Shell,
        mut segment: Segment,
        places: &[Place<'_>],
        mut job: Job,
        groups: u32,
        mut resources: Vec<wgpu::BufferBinding<'b>>,
    ) -> Result<(), Error> {
        let arguments = task.source(segment.first, segment.width);
        if let Some(learned) = task.learned {
            let first = if shell == Shell::Elementwise { places.len() } else { places.len() + 1 };
            let spans = self.learned(task, learned, &mut segment, places, first)?;
            resources.extend(spans);
            let per_word = task.storage.per_word(segment.width);
            let per_unit = if arguments == Arguments::Learned(Grain::Word) { per_word } else { 1 };
            job.set_channels(learned.channels, segment.first, per_unit);
        }
        let Task { function, storage, accumulate, .. } = task;
        let (width, layout) = (segment.width, segment.layout);
        let program = Program { function, arguments, shell, storage, width, layout, accumulate };
        let (x, y) = plan::grid(groups, &self.shared.limits)?;
        job.words = segment.words;
        job.groups_per_row = x;
        job.row_words = segment.row_words;
        job.offsets = segment.offsets;
        job.arguments[..task.arguments.len()].copy_from_slice(task.arguments);
        if let Some(seed) = task.seed {
            job.seed = words_of(seed);
            job.first = words_of(segment.first);
        }
        self.dispatch(program, job, [x, y, 1], &resources)
    }

    /// Learned parameters, bound from operand number `first` on, whole in every segment: bindings of f32, which nothing else shares.
    fn learned<'b>(
        &self,
        task: Task<'_>,
        learned: Learned<'b>,
        segment: &mut Segment,
        places: &[Place<'_>],
        first: usize,
    ) -> Result<Vec<wgpu::BufferBinding<'b>>, Error> {
        let alignment = self.shared.limits.min_storage_buffer_offset_alignment;
        let names = match task.function {
            Function::Activation(kind, _) => kind.row().learnable,
            _ => &[],
        };
        let mut bound: Vec<wgpu::BufferBinding<'b>> = Vec::new();
        for (index, (span, row)) in learned.spans.iter().zip(names).enumerate() {
            let begin = span.byte_offset() / alignment * alignment;
            let end = span.byte_offset() + learned.channels.channels * Storage::F32.bytes();
            let in_result = places.iter().any(|place| place.written && place.span.buffer() == span.buffer());
            let apart = |buffer: &wgpu::Buffer, offset: u64, size: u64| {
                buffer != span.buffer() || end <= offset || offset + size <= begin
            };
            // All bindings of a buffer that is written are writable, and those must not overlap.
            let operands_apart = segment.bindings.iter().all(|binding| {
                apart(places[binding.buffer].span.buffer(), binding.byte_offset, binding.byte_size)
            });
            let learned_apart =
                bound.iter().all(|other| apart(other.buffer, other.offset, other.size.map_or(0, u64::from)));
            if in_result && !(operands_apart && learned_apart) {
                return Err(Error::TooClose { operand: row.parameter, bytes: alignment });
            }
            let access = if in_result { Access::ReadWrite } else { Access::Read };
            segment.layout.push_operand(first + index, access);
            segment.offsets[first + index] = word_count((span.byte_offset() - begin) / Storage::F32.bytes());
            let size = NonZeroU64::new(end - begin);
            bound.push(wgpu::BufferBinding { buffer: span.buffer(), offset: begin, size });
        }
        Ok(bound)
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

    /// An earlier step's scratch serves if the same places of it were written: others would be left over in it.
    pub(crate) fn scratch(&mut self, partials: u64, written: Vec<[u64; 3]>) -> Result<wgpu::Buffer, Error> {
        let earlier = self.earlier.and_then(|step| step.scratch.get(self.step.scratch.len()));
        let scratch = match earlier.filter(|scratch| scratch.written == written) {
            Some(scratch) => scratch.clone(),
            None => Scratch { buffer: scratch_buffer(self.shared, partials)?, written },
        };
        let buffer = scratch.buffer.clone();
        self.step.scratch.push(scratch);
        Ok(buffer)
    }
}

fn scratch_buffer(shared: &Shared, partials: u64) -> Result<wgpu::Buffer, Error> {
    let size = partials.max(1) * Storage::F32.bytes();
    shared.check_buffer_size("scratch for partial sums", size)?;
    Ok(shared.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("wgpu-activations partial sums"),
        size,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    }))
}

/// The operands as planning sees them.
pub(crate) fn operands(places: &[Place<'_>]) -> Vec<Operand> {
    let first_of = |buffer: &wgpu::Buffer| places.iter().position(|place| place.span.buffer() == buffer);
    let operand = |(index, Place { span, pitch, written }): (usize, &Place<'_>)| Operand {
        buffer: first_of(span.buffer()).unwrap_or(index),
        byte_offset: span.byte_offset(),
        written: *written,
        pitch: *pitch,
    };
    places.iter().enumerate().map(operand).collect()
}

pub(crate) fn resources<'a>(segment: &Segment, places: &[Place<'a>]) -> Vec<wgpu::BufferBinding<'a>> {
    let resource = |binding: &plan::Binding| wgpu::BufferBinding {
        buffer: places[binding.buffer].span.buffer(),
        offset: binding.byte_offset,
        size: NonZeroU64::new(binding.byte_size),
    };
    segment.bindings.iter().map(resource).collect()
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
