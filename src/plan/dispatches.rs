//! The dispatches of a step: checked operands in; programs, uniforms, workgroups and bindings out.

use bytemuck::Zeroable;

use crate::error::Error;
use crate::operand::{Channels, Given, Memory, Origin, Pitch, Place, Span, Views};
use crate::operation::{Axis, SharedOperand};
use crate::plan::bound::{Bound, OfRows, RowPlace};
use crate::plan::job::Job;
use crate::plan::limits::check;
use crate::plan::rows::{self, Rows};
use crate::plan::segments::Binding;
use crate::plan::sums::{self, Tile};
use crate::plan::{Extent, Limits, Region, Segment, grid, segments, word_count};
use crate::shader::{Access, Division, Program, Shell, Spec};
use crate::storage::Storage;

/// All dispatches of a step, in the order in which they must run.
#[derive(Debug)]
pub(crate) struct Dispatches<'a, B> {
    pub(crate) all: Vec<Planned<'a, B>>,
    pub(crate) scratch: Option<Scratch>,
}

/// One dispatch.
#[derive(Debug)]
pub(crate) struct Planned<'a, B> {
    pub(crate) program: Program,
    pub(crate) job: Job,
    pub(crate) workgroups: [u32; 3],
    /// From binding 1 on.
    pub(crate) resources: Vec<Resource<'a, B>>,
}

/// What one binding covers.
#[derive(Debug)]
pub(crate) struct Resource<'a, B> {
    pub(crate) holder: Holder<'a, B>,
    pub(crate) byte_offset: u64,
    pub(crate) byte_size: u64,
}

/// Whose memory a binding is of.
#[derive(Debug, PartialEq)]
pub enum Holder<'a, B> {
    /// A buffer that was given.
    Given(&'a B),
    /// The step's own.
    Scratch,
}

impl<B> Clone for Holder<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Holder<'_, B> {}

/// Room for partial sums, zero at first: what no workgroup writes stays that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scratch {
    pub(crate) bytes: u64,
    /// What is written there.
    pub(crate) written: Vec<[u64; 3]>,
}

/// Plans the step for a device with these limits, whose words are divided so.
pub(crate) fn dispatches<'a, B: Memory>(
    bound: &Bound<'a, B>,
    limits: &Limits,
    division: Division,
) -> Result<Dispatches<'a, B>, Error> {
    let mut planner = Planner { limits, division, planned: Dispatches { all: Vec::new(), scratch: None } };
    let task = Task { spec: bound.spec, given: &bound.given };
    let operands = Operands::new(bound.inputs.iter().chain(&bound.outputs));
    match (&bound.rows, bound.outputs.split_last()) {
        (Some(rows), _) => planner.rows(task, operands, bound.extent, rows)?,
        (None, Some((sums, beside))) if bound.spec.operation.is_summed() => {
            let inputs = Operands::new(bound.inputs.iter().chain(beside));
            planner.summed(task, &inputs, bound.extent, bound.channels, &Sums::of(&sums.span))?;
        }
        _ => planner.elementwise(task, &operands, bound.extent)?,
    }
    Ok(planner.planned)
}

impl Limits {
    /// What a program needs, before wgpu says so in its own words.
    pub(crate) fn check_program(&self, program: &Program) -> Result<(), Error> {
        let workgroup = program.shell.workgroup().into();
        for (what, limit, wanted, allowed) in [
            ("a workgroup", "max_compute_workgroup_size_x", workgroup, self.max_compute_workgroup_size_x),
            (
                "a workgroup",
                "max_compute_invocations_per_workgroup",
                workgroup,
                self.max_compute_invocations_per_workgroup,
            ),
            (
                "workgroup memory",
                "max_compute_workgroup_storage_size",
                program.workgroup_bytes(),
                self.max_compute_workgroup_storage_size,
            ),
        ] {
            check(what, limit, wanted, allowed.into())?;
        }
        let uniform = self.max_uniform_buffer_binding_size;
        check("a step's uniform", "max_uniform_buffer_binding_size", Job::BYTES, uniform)?;
        self.check_bindings(program.layout.accesses().len())
    }
}

/// What is to be computed, and of what beside its operands.
#[derive(Debug)]
struct Task<'t, 'a, B> {
    spec: Spec,
    given: &'t Given<'a, B>,
}

impl<B> Clone for Task<'_, '_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Task<'_, '_, B> {}

/// Operands as planning sees them, and whose memory each lies in.
#[derive(Debug)]
struct Operands<'a, B> {
    regions: Vec<Region>,
    holders: Vec<Holder<'a, B>>,
}

impl<'a, B: Memory> Operands<'a, B> {
    fn new<'p>(places: impl Iterator<Item = &'p Place<'a, B>>) -> Self
    where
        'a: 'p,
        B: 'p,
    {
        let mut operands = Self { regions: Vec::new(), holders: Vec::new() };
        for (index, Place { span, pitch, gap, written }) in places.enumerate() {
            let holder = Holder::Given(span.buffer());
            let first = operands.holders.iter().position(|other| *other == holder);
            operands.holders.push(holder);
            operands.regions.push(Region {
                buffer: first.unwrap_or(index),
                byte_offset: span.byte_offset(),
                written: *written,
                pitch: *pitch,
                gap: *gap,
            });
        }
        operands
    }

    /// Scratch, to be read.
    fn scratch() -> Self {
        let region = Region { buffer: 0, byte_offset: 0, written: false, pitch: Pitch::Contiguous, gap: 0 };
        Self { regions: vec![region], holders: vec![Holder::Scratch] }
    }

    fn count(&self) -> usize {
        self.regions.len()
    }

    /// Something else is written in the buffers of these ranges: their bindings are writable, too.
    fn share_memory_of(&mut self, written: impl Iterator<Item = Span<'a, B>>) {
        for span in written {
            let holder = Holder::Given(span.buffer());
            let regions = self.regions.iter_mut().zip(&self.holders);
            regions.filter(|(_, other)| **other == holder).for_each(|(region, _)| region.written = true);
        }
    }

    /// Whether something is written in this memory.
    fn write_into(&self, holder: Holder<'a, B>) -> bool {
        self.regions.iter().zip(&self.holders).any(|(region, other)| region.written && *other == holder)
    }

    fn resources(&self, segment: &Segment) -> Vec<Resource<'a, B>> {
        let resource = |Binding { buffer, byte_offset, byte_size }: &Binding| Resource {
            holder: self.holders[*buffer],
            byte_offset: *byte_offset,
            byte_size: *byte_size,
        };
        segment.bindings.iter().map(resource).collect()
    }
}

/// Words of a buffer that get a binding of their own.
struct Apart<'a, B> {
    /// As errors have it.
    name: &'static str,
    buffer: &'a B,
    /// In bytes.
    begin: u64,
    bytes: u64,
    /// Whether something is written in this buffer.
    in_result: bool,
}

/// Words of a row, whose channels the rows share, and the workgroups for those that invocations take from row to row.
#[derive(Clone, Copy)]
struct Columns {
    count: u32,
    groups: u32,
}

/// Where sums go.
#[derive(Debug)]
struct Sums<'a, B> {
    holder: Holder<'a, B>,
    byte_offset: u64,
    elements: u64,
}

impl<'a, B: Memory> Sums<'a, B> {
    fn of(span: &Span<'a, B>) -> Self {
        let elements = span.elements(Storage::F32);
        Self { holder: Holder::Given(span.buffer()), byte_offset: span.byte_offset(), elements }
    }
}

/// A step in the making.
struct Planner<'l, 'a, B> {
    limits: &'l Limits,
    division: Division,
    planned: Dispatches<'a, B>,
}

impl<'a, B: Memory> Planner<'_, 'a, B> {
    /// One dispatch for each segment: every result depends on its own elements alone. Checked operands, inputs first.
    fn elementwise(
        &mut self,
        task: Task<'_, 'a, B>,
        operands: &Operands<'a, B>,
        extent: Extent,
    ) -> Result<(), Error> {
        let limits = self.limits.reserving(task.given.shared.len());
        for segment in segments(&operands.regions, extent, &limits)? {
            let resources = operands.resources(&segment);
            let mut job = Job::zeroed();
            let columns = self.columns(task, &segment);
            let groups = columns.map_or(segment.words.div_ceil(self.division.block()), |columns| {
                job.columns = columns.count;
                columns.groups
            });
            let shell = Shell::Elementwise { columns: columns.is_some() };
            self.segment(task, shell, segment, operands, job, groups, resources)?;
        }
        Ok(())
    }

    /// The columns of a segment, where invocations take those.
    fn columns(&self, task: Task<'_, 'a, B>, segment: &Segment) -> Option<Columns> {
        let Origin::Learned(views) = task.spec.origin else { return None };
        let per_word = task.spec.storage.per_word(segment.width);
        let elements = segment.elements(per_word);
        let width = views.neighbours(elements, per_word)? / per_word;
        let groups = self.division.groups_of_columns(segment.words, width)?;
        Some(Columns { count: word_count(width), groups })
    }

    /// Functions of whole rows. Checked operands.
    fn rows(
        &mut self,
        task: Task<'_, 'a, B>,
        mut operands: Operands<'a, B>,
        extent: Extent,
        OfRows { axis, ignored, causal, bias, sinks, operands: beside }: &OfRows<'a, B>,
    ) -> Result<(), Error> {
        if extent.elements == 0 {
            return Ok(());
        }
        operands.share_memory_of(beside.iter().filter(|beside| beside.written).map(|beside| beside.span));
        let words = beside.iter().map(|beside| beside.words);
        let reads_again = task.spec.operation.signature().reads_rows_again();
        let rows =
            rows::rows(&operands.regions, extent, *axis, words, reads_again, self.division, self.limits)?;
        for Rows { mut segment, shell, shape } in rows {
            let mut resources = operands.resources(&segment);
            resources.extend(self.row_operands(beside, *axis, &mut segment, &operands, extent)?);
            let (mut job, groups) = (Job::of_rows(&shape, *ignored), word_count(shape.groups()));
            let first = segment.first / axis.size();
            if let Some(causal) = causal {
                job.set_causal(*causal, first);
            }
            if let Some(bias) = bias {
                // Of values that are a row's own, only those of these rows are bound.
                job.set_bias(bias, if bias.whole { 0 } else { first });
            }
            if let Some(sinks) = sinks {
                job.set_sinks(*sinks, first);
            }
            self.segment(task, shell, segment, &operands, job, groups, resources)?;
        }
        Ok(())
    }

    /// What there is one of for each row, bound after all other operands: of a segment's rows.
    fn row_operands(
        &self,
        beside: &[RowPlace<'a, B>],
        axis: Axis,
        segment: &mut Segment,
        operands: &Operands<'a, B>,
        extent: Extent,
    ) -> Result<Vec<Resource<'a, B>>, Error> {
        let mut bound: Vec<Resource<'a, B>> = Vec::new();
        let rows = u64::from(segment.words) * extent.storage.per_word(segment.width) / axis.size();
        let first = segment.first / axis.size();
        for (operand, RowPlace { name, span, words, .. }) in (operands.count()..).zip(beside) {
            let writes = |other: &RowPlace<'_, B>| other.written && other.span.buffer() == span.buffer();
            let in_result = operands.write_into(Holder::Given(span.buffer())) || beside.iter().any(writes);
            let [before, bytes] = words.bytes(first, rows);
            let begin = span.byte_offset() + before;
            let range = Apart { name, buffer: span.buffer(), begin, bytes, in_result };
            let resource = self.apart(&range, operand, segment, operands, &bound)?;
            bound.push(resource);
        }
        Ok(bound)
    }

    /// A binding of its own for words that lie in none of the others, as operand number `operand`.
    fn apart(
        &self,
        range: &Apart<'a, B>,
        operand: usize,
        segment: &mut Segment,
        operands: &Operands<'a, B>,
        bound: &[Resource<'a, B>],
    ) -> Result<Resource<'a, B>, Error> {
        let holder = Holder::Given(range.buffer);
        let (begin, end) = (self.limits.align_down(range.begin), range.begin + range.bytes);
        let is_apart = |other: Holder<'a, B>, offset: u64, size: u64| {
            other != holder || end <= offset || offset + size <= begin
        };
        // All bindings of a buffer that is written are writable, and those must not overlap.
        let of_operands = segment.bindings.iter().all(|binding| {
            is_apart(operands.holders[binding.buffer], binding.byte_offset, binding.byte_size)
        });
        let of_others = bound.iter().all(|other| is_apart(other.holder, other.byte_offset, other.byte_size));
        if range.in_result && !(of_operands && of_others) {
            let bytes = self.limits.min_storage_buffer_offset_alignment;
            return Err(Error::TooClose { operand: range.name, bytes });
        }
        let access = if range.in_result { Access::ReadWrite } else { Access::Read };
        segment.layout.push_operand(operand, access);
        segment.offsets[operand] = word_count((range.begin - begin) / Storage::F32.bytes());
        Ok(Resource { holder, byte_offset: begin, byte_size: end - begin })
    }

    /// Sums of terms for each channel, in two levels of dispatches, or in one where that is enough; the first one writes results that have an
    /// element each, too. Checked operands: what is read, then those results.
    fn summed(
        &mut self,
        task: Task<'_, 'a, B>,
        operands: &Operands<'a, B>,
        extent: Extent,
        channels: Channels,
        output: &Sums<'a, B>,
    ) -> Result<(), Error> {
        let limits = self.limits.reserving(task.given.shared.len() + 1);
        let plan = sums::first_level(&operands.regions, extent, channels, &limits)?;
        let beside = operands.regions.iter().any(|region| region.written);
        let first_level =
            Task { spec: Spec { accumulate: task.spec.accumulate && beside, ..task.spec }, ..task };
        let is_apart = |holder: Holder<'a, B>| holder != output.holder;
        let apart = operands.holders.iter().all(|holder| is_apart(*holder))
            && task.given.shared.iter().all(|span| is_apart(Holder::Given(span.buffer())));
        if let Some(tile) = plan.whole(task.spec.storage, channels).filter(|_| apart && !task.spec.accumulate)
        {
            return self.sum(first_level, tile, plan.stride, operands, output, 0);
        }
        let partials = plan.partials();
        let bytes = partials.max(1) * Storage::F32.bytes();
        self.limits.check_buffer_size("scratch for partial sums", bytes)?;
        let written =
            plan.tiles.iter().map(|tile| [tile.shape.blocks(), tile.first_column, tile.shape.columns]);
        let written = written.chain([[partials, plan.stride, 0]]).collect();
        self.planned.scratch = Some(Scratch { bytes, written });
        let scratch = Sums { holder: Holder::Scratch, byte_offset: 0, elements: partials };

        let mut done = 0;
        for tile in &plan.tiles {
            self.sum(first_level, tile, plan.stride, operands, &scratch, done * plan.stride)?;
            done += tile.shape.blocks();
        }
        // The second level reads nothing but scratch, so that the output may lie in the buffer of an input.
        let nothing = Given::values(Vec::new());
        let second_level = Task { spec: task.spec.second_level(), given: &nothing };
        let operands = Operands::scratch();
        for tile in sums::second_level(&plan, &operands.regions[0], channels, &limits) {
            self.sum(second_level, &tile, channels.count(), &operands, output, 0)?;
        }
        Ok(())
    }

    /// One dispatch: the sums of a tile's blocks, from element `first` of the output on.
    fn sum(
        &mut self,
        task: Task<'_, 'a, B>,
        tile: &Tile,
        stride: u64,
        operands: &Operands<'a, B>,
        output: &Sums<'a, B>,
        first: u64,
    ) -> Result<(), Error> {
        let Tile { shape, first_column, .. } = tile;
        let mut segment = tile.segment.clone();
        let begin = self.limits.align_down(output.byte_offset);
        let place = output.byte_offset - begin;
        let operand = operands.count();
        let mut resources = operands.resources(&segment);
        segment.layout.push_operand(operand, Access::ReadWrite);
        segment.offsets[operand] = word_count(place / Storage::F32.bytes() + first);
        let byte_size = place + output.elements * Storage::F32.bytes();
        resources.push(Resource { holder: output.holder, byte_offset: begin, byte_size });
        let job = Job::of_sum(shape, stride, *first_column);
        let shell = Shell::Sum(shape.matrix);
        self.segment(task, shell, segment, operands, job, word_count(shape.groups()), resources)
    }

    /// One dispatch of so many workgroups; `job` holds what is the shell's own.
    #[allow(clippy::too_many_arguments, reason = "a dispatch is made of that much")]
    fn segment(
        &mut self,
        task: Task<'_, 'a, B>,
        shell: Shell,
        mut segment: Segment,
        operands: &Operands<'a, B>,
        mut job: Job,
        groups: u32,
        mut resources: Vec<Resource<'a, B>>,
    ) -> Result<(), Error> {
        let Task { spec, given } = task;
        let per_word = spec.storage.per_word(segment.width);
        if let Origin::Learned(views) = spec.origin {
            let summed = usize::from(matches!(shell, Shell::Sum(_)));
            let first = operands.count() + summed;
            resources.extend(self.shared_operands(task, views, &mut segment, operands, first)?);
            for (view, channels) in views.iter().enumerate() {
                job.set_view(view, channels, segment.first, channels.unit(segment.first, per_word));
            }
        }
        if let Some(seed) = given.seed {
            job.set_draws(seed, segment.first);
        }
        let elements = segment.elements(per_word);
        let program = Program::new(&spec, shell, segment.width, elements, segment.layout);
        let (x, y) = grid(groups, self.limits)?;
        self.limits.check_program(&program)?;
        job.words = segment.words;
        job.groups_per_row = x;
        job.row_words = segment.row_words;
        job.row_first = segment.row_first;
        job.offsets = segment.offsets;
        job.gaps = segment.gaps;
        job.set_arguments(&given.arguments);
        self.planned.all.push(Planned { program, job, workgroups: [x, y, 1], resources });
        Ok(())
    }

    /// What elements share, bound from operand number `first` on, whole in every segment: bindings of f32, which nothing else shares.
    fn shared_operands(
        &self,
        task: Task<'_, 'a, B>,
        views: Views<Channels>,
        segment: &mut Segment,
        operands: &Operands<'a, B>,
        first: usize,
    ) -> Result<Vec<Resource<'a, B>>, Error> {
        let shared = task.spec.operation.what.arguments().shared();
        let mut bound: Vec<Resource<'a, B>> = Vec::new();
        if let Some(together) = self.shared_in_one(task, views, segment, operands, first) {
            return Ok(vec![together]);
        }
        for (operand, (span, SharedOperand { name, view, .. })) in
            (first..).zip(task.given.shared.iter().zip(shared))
        {
            let channels = views.get(view).map_or(0, Channels::count);
            let buffer = span.buffer();
            let in_result = operands.write_into(Holder::Given(buffer));
            let bytes = channels * Storage::F32.bytes();
            let range = Apart { name, buffer, begin: span.byte_offset(), bytes, in_result };
            let resource = self.apart(&range, operand, segment, operands, &bound)?;
            bound.push(resource);
        }
        Ok(bound)
    }

    /// One binding for all that elements share, where the device has not enough for one each: in one buffer, within what a binding may
    /// cover, and in none that is written.
    fn shared_in_one(
        &self,
        task: Task<'_, 'a, B>,
        views: Views<Channels>,
        segment: &mut Segment,
        operands: &Operands<'a, B>,
        first: usize,
    ) -> Option<Resource<'a, B>> {
        let (limits, spans) = (self.limits, &task.given.shared);
        let taken = segment.layout.accesses().len();
        let buffer = spans.first()?.buffer();
        let holder = Holder::Given(buffer);
        let one_buffer = spans.iter().all(|span| span.buffer() == buffer);
        let allowed = limits.max_storage_buffers_per_shader_stage as usize;
        if taken + spans.len() <= allowed || !one_buffer || operands.write_into(holder) {
            return None;
        }
        let shared = task.spec.operation.what.arguments().shared();
        let end = |(span, operand): (&Span<'_, B>, SharedOperand)| {
            span.byte_offset() + views.get(operand.view).map_or(0, Channels::count) * Storage::F32.bytes()
        };
        let begin = limits.align_down(spans.iter().map(Span::byte_offset).min()?);
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
        Some(Resource { holder, byte_offset: begin, byte_size: size })
    }
}
