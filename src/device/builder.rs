//! Builds steps: checks operands, plans, and makes a dispatch of each segment.

use std::num::NonZeroU64;
use std::sync::{Arc, Weak};

use bytemuck::Zeroable;

use crate::device::job::Job;
use crate::device::pipelines::{Pipeline, Shared};
use crate::device::step::{Dispatch, Recipe, Scratch, Step, Wanted};
use crate::error::Error;
use crate::operand::{Channels, Checked, Form, Given, Grain, Origin, Parameters, Place, Span, Views};
use crate::operation::{Axis, Port, SharedOperand, Softmax};
use crate::plan::rows::{self, Rows};
use crate::plan::sums::{self, Tile};
use crate::plan::{self, Extent, Region, Segment, word_count};
use crate::shader::{Access, Program, Shell, Spec};
use crate::storage::Storage;

/// What is to be computed, and of what beside its operands.
#[derive(Clone, Copy)]
struct Task<'a> {
    spec: Spec,
    given: &'a Given<'a>,
}

/// Checked operands, and what is computed of them.
pub(super) struct Bound<'a> {
    pub(super) spec: Spec,
    pub(super) given: Given<'a>,
    pub(super) inputs: Vec<Place<'a>>,
    pub(super) outputs: Vec<Place<'a>>,
    pub(super) extent: Extent,
    /// Of which channels sums are.
    pub(super) channels: Channels,
    /// What functions of rows go along.
    pub(super) axis: Option<Axis>,
}

/// Whose programs a kernel binds, and what it calls what it makes.
#[derive(Debug, Clone)]
pub(super) struct Maker {
    pub(super) shared: Arc<Shared>,
    pub(super) label: Option<Arc<str>>,
}

impl Maker {
    /// Prepares the step, or what is wanted of it.
    pub(super) fn build(&self, bound: &Bound<'_>, wanted: Wanted<'_>) -> Result<Step, Error> {
        self.shared.watched("a step", || self.build_unwatched(bound, wanted))?
    }

    /// What an earlier step of the same kernels has of the same kind is used again.
    fn build_unwatched(&self, bound: &Bound<'_>, wanted: Wanted<'_>) -> Result<Step, Error> {
        let owner = Arc::downgrade(&self.shared);
        let earlier = if let Wanted::Again(step) = wanted { Some(step) } else { None };
        let earlier = earlier.filter(|step| Weak::ptr_eq(&step.owner, &owner));
        let dry = matches!(wanted, Wanted::Programs { .. });
        let step = Step { accumulate: bound.spec.accumulate, owner, ..Step::default() };
        let mut builder = Builder { shared: &self.shared, label: self.label.as_deref(), earlier, step, dry };
        let task = Task { spec: bound.spec, given: &bound.given };
        let places = || [&bound.inputs[..], &bound.outputs].concat();
        match (bound.axis, bound.outputs.first()) {
            (Some(axis), _) => builder.rows(task, &places(), bound.extent, axis)?,
            (None, Some(sums)) if bound.spec.operation.is_summed() => {
                builder.summed(task, &bound.inputs, bound.extent, bound.channels, &sums.span)?;
            }
            _ => builder.elementwise(task, &places(), bound.extent)?,
        }
        Ok(builder.step)
    }
}

/// Inputs and the output of a function, with all that can be wrong checked.
pub(super) fn check<'a>(
    spec: Spec,
    parameters: &Parameters<'a>,
    inputs: &[Form<'a>],
    output: Form<'a>,
) -> Result<Bound<'a>, Error> {
    let (input_ports, output_ports) = spec.operation.ports();
    let summed = spec.operation.is_summed();
    let read = check_inputs(spec, &input_ports, inputs)?;
    let elements = read.first().map_or(0, |input| input.elements);
    parameters.check(elements)?;
    // A sum is f32 whatever the storage. It is written when all is read.
    let written = if summed {
        let written = Checked::new(&output_ports[0], output, Storage::F32)?.contiguous()?;
        Error::check_channels(written.name(), parameters.channels().count(), written.elements)?;
        written
    } else {
        check_elementwise(spec, &output_ports[0], output, &read)?
    };
    let row = read.iter().chain([&written]).find_map(Checked::half).unwrap_or(0);
    Ok(Bound {
        spec,
        given: parameters.given(),
        inputs: read.iter().flat_map(|input| input.places(false)).collect(),
        outputs: written.places(true),
        extent: Extent { row, ..Extent::new(elements, spec.storage) },
        channels: parameters.channels(),
        axis: None,
    })
}

/// Those of a function of rows.
pub(super) fn check_softmax<'a>(
    spec: Spec,
    softmax: Softmax,
    inputs: &[Form<'a>],
    output: Span<'a>,
) -> Result<Bound<'a>, Error> {
    let (input_ports, output_ports) = spec.operation.ports();
    let read = check_inputs(spec, &input_ports, inputs)?;
    let elements = read.first().map_or(0, |input| input.elements);
    let axis = softmax.axis();
    axis.check(input_ports[0].names()[0], elements)?;
    let written = check_elementwise(spec, &output_ports[0], Form::One(output), &read)?;
    Ok(Bound {
        spec,
        given: Given { arguments: softmax.arguments(), ..Given::default() },
        inputs: read.iter().flat_map(|input| input.places(false)).collect(),
        outputs: written.places(true),
        extent: Extent::new(elements, spec.storage),
        channels: Channels::ONE,
        axis: Some(axis),
    })
}

/// What is read: of one length.
fn check_inputs<'a>(spec: Spec, ports: &[Port], inputs: &[Form<'a>]) -> Result<Vec<Checked<'a>>, Error> {
    let mut read: Vec<Checked<'a>> = Vec::new();
    for (port, form) in ports.iter().zip(inputs) {
        let input = Checked::new(port, *form, spec.storage)?.contiguous()?;
        let elements = read.first().map_or(input.elements, |first| first.elements);
        Error::check_length(input.name(), elements, input.elements)?;
        read.push(input);
    }
    Ok(read)
}

/// A result for each element, over an input or apart from all.
fn check_elementwise<'a>(
    spec: Spec,
    port: &Port,
    output: Form<'a>,
    read: &[Checked<'a>],
) -> Result<Checked<'a>, Error> {
    let elements = read.first().map_or(0, |input| input.elements);
    let written = Checked::new(port, output, spec.storage)?.contiguous()?;
    Error::check_length(written.name(), elements, written.elements)?;
    written.check_overlap(read)?;
    Ok(written)
}

/// A step in the making.
struct Builder<'a> {
    shared: &'a Shared,
    /// The user's own.
    label: Option<&'a str>,
    /// Whether programs are compiled, and nothing else is made.
    dry: bool,
    /// Where a dispatch of this one has the same recipe, its pipeline and uniform serve again.
    earlier: Option<&'a Step>,
    step: Step,
}

impl Builder<'_> {
    /// One dispatch for each segment: every result depends on its own elements alone. Checked operands, inputs first.
    fn elementwise(&mut self, task: Task<'_>, places: &[Place<'_>], extent: Extent) -> Result<(), Error> {
        let limits = self.shared.limits.reserving(task.given.shared.len());
        for segment in plan::segments(&regions(places), extent, &limits)? {
            let resources = resources(&segment, places);
            let groups = segment.words.div_ceil(self.shared.division.block());
            self.segment(task, Shell::Elementwise, segment, places, Job::zeroed(), groups, resources)?;
        }
        Ok(())
    }

    /// Functions of whole rows. Checked operands.
    fn rows(
        &mut self,
        task: Task<'_>,
        places: &[Place<'_>],
        extent: Extent,
        axis: Axis,
    ) -> Result<(), Error> {
        if extent.elements == 0 {
            return Ok(());
        }
        let shell = Shell::Rows { within: rows::within(axis) };
        for Rows { segment, shape } in rows::rows(&regions(places), extent, axis, &self.shared.limits)? {
            let (resources, groups) = (resources(&segment, places), word_count(shape.groups()));
            self.segment(task, shell, segment, places, Job::of_rows(&shape), groups, resources)?;
        }
        Ok(())
    }

    /// Sums of terms for each channel, in two levels of dispatches, or in one where that is enough. Checked operands.
    fn summed(
        &mut self,
        task: Task<'_>,
        places: &[Place<'_>],
        extent: Extent,
        channels: Channels,
        output: &Span<'_>,
    ) -> Result<(), Error> {
        let limits = self.shared.limits.reserving(task.given.shared.len() + 1);
        let plan = sums::first_level(&regions(places), extent, channels, &limits)?;
        let first_level = Task { spec: Spec { accumulate: false, ..task.spec }, ..task };
        let is_apart = |span: &Span<'_>| span.buffer() != output.buffer();
        let apart =
            places.iter().all(|place| is_apart(&place.span)) && task.given.shared.iter().all(is_apart);
        if let Some(tile) = plan.whole(task.spec.storage, channels).filter(|_| apart && !task.spec.accumulate)
        {
            return self.sum(first_level, tile, plan.stride, places, output, 0);
        }
        let partials = plan.partials();
        let written =
            plan.tiles.iter().map(|tile| [tile.shape.blocks(), tile.first_column, tile.shape.columns]);
        let scratch = self.scratch(partials, written.chain([[partials, plan.stride, 0]]).collect())?;
        let scratch = Span::new(&scratch, 0, partials);

        let mut done = 0;
        for tile in &plan.tiles {
            self.sum(first_level, tile, plan.stride, places, &scratch, done * plan.stride)?;
            done += tile.shape.blocks();
        }
        // The second level reads nothing but scratch, so that the output may lie in the buffer of an input.
        let second_level = Task { spec: task.spec.second_level(), given: &Given::default() };
        let places = [Place::read(scratch)];
        let region = regions(&places)[0];
        for tile in sums::second_level(&plan, &region, channels, &limits) {
            self.sum(second_level, &tile, channels.count(), &places, output, 0)?;
        }
        Ok(())
    }

    /// One dispatch: the sums of a tile's blocks, from element `first` of the output on.
    fn sum(
        &mut self,
        task: Task<'_>,
        tile: &Tile,
        stride: u64,
        places: &[Place<'_>],
        output: &Span<'_>,
        first: u64,
    ) -> Result<(), Error> {
        let Tile { shape, first_column, .. } = tile;
        let mut segment = tile.segment.clone();
        let alignment = self.shared.limits.min_storage_buffer_offset_alignment;
        let begin = output.byte_offset() / alignment * alignment;
        let place = output.byte_offset() - begin;
        let operand = places.len();
        let mut resources = resources(&segment, places);
        segment.layout.push_operand(operand, Access::ReadWrite);
        segment.offsets[operand] = word_count(place / Storage::F32.bytes() + first);
        let size = NonZeroU64::new(place + output.elements(Storage::F32) * Storage::F32.bytes());
        resources.push(wgpu::BufferBinding { buffer: output.buffer(), offset: begin, size });
        let job = Job::of_sum(shape, stride, *first_column);
        let shell = Shell::Sum(shape.matrix);
        self.segment(task, shell, segment, places, job, word_count(shape.groups()), resources)
    }

    /// One dispatch of so many workgroups; `job` holds what is the shell's own.
    #[allow(clippy::too_many_arguments, reason = "a dispatch is made of that much")]
    fn segment<'b>(
        &mut self,
        task: Task<'b>,
        shell: Shell,
        mut segment: Segment,
        places: &[Place<'_>],
        mut job: Job,
        groups: u32,
        mut resources: Vec<wgpu::BufferBinding<'b>>,
    ) -> Result<(), Error> {
        let Task { spec, given } = task;
        if let Origin::Learned(views) = spec.origin {
            let first = if shell == Shell::Elementwise { places.len() } else { places.len() + 1 };
            resources.extend(self.shared_operands(task, views, &mut segment, places, first)?);
            let per_word = spec.storage.per_word(segment.width);
            for (view, channels) in views.iter().enumerate() {
                let whole = channels.grain(segment.first, per_word) == Grain::Word;
                job.set_view(view, channels, segment.first, if whole { per_word } else { 1 });
            }
        }
        if let Some(seed) = given.seed {
            job.set_draws(seed, segment.first);
        }
        let program = Program::new(&spec, shell, segment.width, segment.first, segment.layout);
        let (x, y) = plan::grid(groups, &self.shared.limits)?;
        job.words = segment.words;
        job.groups_per_row = x;
        job.row_words = segment.row_words;
        job.offsets = segment.offsets;
        job.gaps = segment.gaps;
        job.set_arguments(&given.arguments);
        self.dispatch(program, job, [x, y, 1], &resources)
    }

    /// What elements share, bound from operand number `first` on, whole in every segment: bindings of f32, which nothing else shares.
    fn shared_operands<'b>(
        &self,
        task: Task<'b>,
        views: Views<Channels>,
        segment: &mut Segment,
        places: &[Place<'_>],
        first: usize,
    ) -> Result<Vec<wgpu::BufferBinding<'b>>, Error> {
        let alignment = self.shared.limits.min_storage_buffer_offset_alignment;
        let shared = task.spec.operation.what.arguments().shared();
        let mut bound: Vec<wgpu::BufferBinding<'b>> = Vec::new();
        if let Some(together) = self.shared_in_one(task, views, segment, places, first) {
            return Ok(vec![together]);
        }
        for (index, (span, SharedOperand { name, view, .. })) in
            task.given.shared.iter().zip(shared).enumerate()
        {
            let channels = views.get(view).map_or(0, Channels::count);
            let begin = span.byte_offset() / alignment * alignment;
            let end = span.byte_offset() + channels * Storage::F32.bytes();
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
                return Err(Error::TooClose { operand: name, bytes: alignment });
            }
            let access = if in_result { Access::ReadWrite } else { Access::Read };
            segment.layout.push_operand(first + index, access);
            segment.offsets[first + index] = word_count((span.byte_offset() - begin) / Storage::F32.bytes());
            let size = NonZeroU64::new(end - begin);
            bound.push(wgpu::BufferBinding { buffer: span.buffer(), offset: begin, size });
        }
        Ok(bound)
    }

    /// One binding for all that elements share, where the device has not enough for one each: in one buffer, within what a binding may
    /// cover, and in none that is written.
    fn shared_in_one<'b>(
        &self,
        task: Task<'b>,
        views: Views<Channels>,
        segment: &mut Segment,
        places: &[Place<'_>],
        first: usize,
    ) -> Option<wgpu::BufferBinding<'b>> {
        let (limits, spans) = (self.shared.limits, &task.given.shared);
        let taken = segment.layout.accesses().len();
        let buffer = spans.first()?.buffer();
        let one_buffer = spans.iter().all(|span| span.buffer() == buffer);
        let is_written = places.iter().any(|place| place.written && place.span.buffer() == buffer);
        if (taken + spans.len()) as u64 <= self.shared.max_storage_buffers() || !one_buffer || is_written {
            return None;
        }
        let shared = task.spec.operation.what.arguments().shared();
        let end = |(span, operand): (&Span<'_>, SharedOperand)| {
            span.byte_offset() + views.get(operand.view).map_or(0, Channels::count) * Storage::F32.bytes()
        };
        let alignment = limits.min_storage_buffer_offset_alignment;
        let begin = spans.iter().map(Span::byte_offset).min()? / alignment * alignment;
        let size = spans.iter().zip(shared).map(end).max()? - begin;
        if size > limits.max_storage_buffer_binding_size {
            return None;
        }
        for (operand, span) in (first..).zip(spans) {
            if operand == first {
                segment.layout.push_operand(operand, Access::Read);
            } else {
                segment.layout.join(operand, first);
            }
            segment.offsets[operand] = word_count((span.byte_offset() - begin) / Storage::F32.bytes());
        }
        Some(wgpu::BufferBinding { buffer, offset: begin, size: NonZeroU64::new(size) })
    }

    fn dispatch(
        &mut self,
        program: Program,
        job: Job,
        workgroups: [u32; 3],
        resources: &[wgpu::BufferBinding<'_>],
    ) -> Result<(), Error> {
        self.shared.check_bindings(resources.len())?;
        if self.dry {
            return self.shared.pipeline(program).map(|_| ());
        }
        let earlier = self.earlier.and_then(|step| step.recipes.get(self.step.recipes.len()));
        let recipe = match earlier.filter(|earlier| earlier.program == program) {
            Some(earlier) if bytemuck::bytes_of(&earlier.job) == bytemuck::bytes_of(&job) => earlier.clone(),
            _ => {
                let pipeline = self.shared.pipeline(program)?;
                let uniform = uniform(self.shared, self.label.unwrap_or(&pipeline.label), &job)?;
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
            label: Some(self.label.unwrap_or(&label)),
            layout: &layout,
            entries: &entries,
        });
        self.step.dispatches.push(Dispatch { pipeline, bind_group, workgroups });
        self.step.recipes.push(recipe);
        Ok(())
    }

    /// An earlier step's scratch serves if the same places of it were written: others would be left over in it.
    fn scratch(&mut self, partials: u64, written: Vec<[u64; 3]>) -> Result<wgpu::Buffer, Error> {
        let earlier = self.earlier.and_then(|step| step.scratch.get(self.step.scratch.len()));
        let scratch = match earlier.filter(|scratch| scratch.written == written) {
            Some(scratch) => scratch.clone(),
            None => Scratch { buffer: scratch_buffer(self.shared, self.label, partials)?, written },
        };
        let buffer = scratch.buffer.clone();
        self.step.scratch.push(scratch);
        Ok(buffer)
    }
}

fn scratch_buffer(shared: &Shared, label: Option<&str>, partials: u64) -> Result<wgpu::Buffer, Error> {
    let size = partials.max(1) * Storage::F32.bytes();
    shared.check_buffer_size("scratch for partial sums", size)?;
    Ok(shared.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label.unwrap_or("wgpu-activations partial sums")),
        size,
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    }))
}

/// Operands as planning sees them.
fn regions(places: &[Place<'_>]) -> Vec<Region> {
    let first_of = |buffer: &wgpu::Buffer| places.iter().position(|place| place.span.buffer() == buffer);
    let region = |(index, Place { span, pitch, gap, written }): (usize, &Place<'_>)| Region {
        buffer: first_of(span.buffer()).unwrap_or(index),
        byte_offset: span.byte_offset(),
        written: *written,
        pitch: *pitch,
        gap: *gap,
    };
    places.iter().enumerate().map(region).collect()
}

fn resources<'a>(segment: &Segment, places: &[Place<'a>]) -> Vec<wgpu::BufferBinding<'a>> {
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
    // Of a device that is lost, no buffer can be mapped.
    let refused = |error: wgpu::MapRangeError| match shared.check_lost() {
        Err(lost) => lost,
        Ok(()) => Error::Refused { what: "a uniform buffer", message: error.to_string() },
    };
    buffer.get_mapped_range_mut(..).map_err(refused)?.copy_from_slice(bytemuck::bytes_of(job));
    buffer.unmap();
    Ok(buffer)
}
