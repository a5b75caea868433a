//! Steps whose length is a value.

use super::builder::Maker;
use super::step::Step;
use super::wgpu;
use crate::error::Error;
use crate::plan::bound::Bound;
use crate::plan::{self, Planned};
use crate::shader::Shell;

/// A step that takes as many elements of its ranges as a value says, from the first one on: a batch of another size without binding
/// anew, or a number of elements that the GPU alone knows.
///
/// Elements go in words of 16 bytes (of 4 where ranges lie differently within such): the last word is computed whole, so that up to
/// [`VariableStep::elements_per_word`] - 1 elements beyond the length are written, too, inside of the range.
///
/// ```
/// use wgpu_activations::{Activation, Error, Kernels, Span, Storage, VariableStep, wgpu};
///
/// fn load(kernels: &Kernels, units: &wgpu::Buffer) -> Result<VariableStep, Error> {
///     let relu = kernels.forward(Activation::RELU, Storage::F32)?;
///     relu.bind_variable(Activation::RELU, [Span::all(units)], Span::all(units)) // as many as there may be
/// }
///
/// fn frame(relu: &mut VariableStep, queue: &wgpu::Queue, batch: u64, pass: &mut wgpu::ComputePass<'_>) -> Result<(), Error> {
///     relu.set_length(queue, batch * 1024)?; // writes 4 bytes
///     relu.record(pass);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct VariableStep {
    step: Step,
    capacity: u64,
    per_word: u32,
    block: u32,
}

impl VariableStep {
    /// The elements of the ranges that it was bound to, which it starts with: the longest length.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Sets the number of elements. The queue writes it before the next submission runs: commands recorded earlier, but submitted later,
    /// take the new length, so that each submission has one length. Like recording, it asks nothing of the device: that one is lost, the
    /// next bind or your submission tells.
    ///
    /// # Errors
    /// [`Error::TooLong`] for more than [`VariableStep::capacity`]; then nothing is changed.
    pub fn set_length(&mut self, queue: &wgpu::Queue, elements: u64) -> Result<(), Error> {
        if elements > self.capacity {
            return Err(Error::TooLong { elements, capacity: self.capacity });
        }
        let words = elements.div_ceil(self.per_word.into()) as u32; // as many as were bound at most, which a uniform counts
        if let (Some(dispatch), Some(recipe)) = (self.step.dispatches.first_mut(), self.step.recipes.first())
        {
            queue.write_buffer(&recipe.uniform, 0, bytemuck::bytes_of(&words));
            let groups = words.div_ceil(self.block);
            let width = recipe.job.groups_per_row;
            dispatch.workgroups = [groups.min(width), groups.div_ceil(width), 1];
        }
        Ok(())
    }

    /// Records the step, as [`Step::record`] does.
    pub fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        self.step.record(pass);
    }

    /// Records the step with numbers of workgroups that the GPU reads from a buffer with the usage `INDIRECT`: three `u32`, x, y and 1, that
    /// together are at least the words over [`VariableStep::words_per_workgroup`]. x is at most [`VariableStep::workgroups_per_row`];
    /// y is 1 unless x is all of that. More workgroups than the length needs do nothing.
    pub fn record_indirect(&self, pass: &mut wgpu::ComputePass<'_>, workgroups: &wgpu::Buffer, offset: u64) {
        for dispatch in self.step.dispatches() {
            pass.set_pipeline(&dispatch.pipeline);
            pass.set_bind_group(0, &dispatch.bind_group, &[]);
            pass.dispatch_workgroups_indirect(workgroups, offset);
        }
    }

    /// The buffer that holds the length: the `u32` at its beginning counts words of [`VariableStep::elements_per_word`] elements. It has the
    /// usage `COPY_DST`: what the GPU worked out is copied there before the pass. At most the words of [`VariableStep::capacity`]. None
    /// where the ranges have no elements, and there is nothing to do.
    #[must_use]
    pub fn length(&self) -> Option<&wgpu::Buffer> {
        self.step.recipes.first().map(|recipe| &recipe.uniform)
    }

    /// How many elements a word has.
    #[must_use]
    pub fn elements_per_word(&self) -> u32 {
        self.per_word
    }

    /// How many words a workgroup takes.
    #[must_use]
    pub fn words_per_workgroup(&self) -> u32 {
        self.block
    }

    /// How many workgroups x counts before y goes on.
    #[must_use]
    pub fn workgroups_per_row(&self) -> u32 {
        self.step.recipes.first().map_or(1, |recipe| recipe.job.groups_per_row)
    }
}

impl Maker {
    /// A step of one dispatch, which may be shorter.
    pub(super) fn variable(&self, bound: &Bound<'_, wgpu::Buffer>) -> Result<VariableStep, Error> {
        let planned = plan::dispatches(bound, &self.shared.limits, self.shared.division.in_order())?;
        let per_word = |planned: &Planned<'_, wgpu::Buffer>| {
            let program = planned.program;
            program.spec.storage.per_word(program.width)
        };
        let (capacity, per_word) = match &planned.all[..] {
            [] => (0, 1),
            [one] if one.program.shell == Shell::ELEMENTWISE => {
                (u64::from(one.job.words) * per_word(one), per_word(one))
            }
            several => return Err(Error::FixedLength { dispatches: several.len() }),
        };
        let block = self.shared.division.block();
        Ok(VariableStep {
            step: self.make(planned, false, None)?,
            capacity,
            per_word: per_word as u32,
            block,
        })
    }
}
