//! The programs that a kernel takes, before anything is bound.

#[cfg(any(test, feature = "_host"))]
use std::collections::HashSet;

use crate::error::Error;
use crate::operand::{Origin, Pitch};
use crate::operation::{Direction, Operation, Port, What};
use crate::shader::layout::{Access, Layout};
use crate::shader::program::Program;
use crate::shader::shell::{Division, Matrix, RowWord, Shell};
use crate::shader::spec::Spec;
use crate::shader::target::Target;
use crate::storage::{Storage, Width};
use crate::table::Kind;

/// The whole compute shader of a kernel, as it is dispatched over aligned buffers of their own on such a device. Entry point `main`, the
/// last function in the text; the uniform `job` is binding 0 of group 0, the operands follow from binding 1 on: inputs, then outputs.
/// [`plan`](crate::plan) says what to bind there for operands at hand, whose text it may be or not.
///
/// ```
/// use wgpu_activations::{Direction, Kind, Storage, Target, kernel_source};
/// let kernel = (Kind::Relu, Direction::Forward, Storage::F16);
/// let shader = kernel_source(kernel, Target::GPU)?;
/// assert!(shader.contains("fn act_relu(x: f32) -> f32") && shader.contains("@compute"));
/// assert!(kernel_source(kernel, Target::GPU.with_shader_f16())?.starts_with("enable f16;"));
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
///
/// # Errors
/// As [`Kernels::warm_up`](crate::Kernels::warm_up): for what a function does not have.
pub fn kernel_source(kernel: impl Into<Spec>, target: impl Into<Target>) -> Result<String, Error> {
    let (spec, target) = (kernel.into(), target.into());
    spec.check()?;
    Ok(spec.program(Width::Wide, target.division).source(target))
}

impl Spec {
    /// What ranges of any alignment need, where words are divided so.
    #[cfg(any(test, feature = "_host"))]
    pub(crate) fn programs(&self, division: Division) -> Vec<Program> {
        let of = |division| self.storage.widths().iter().map(move |width| self.program(*width, division));
        let mut programs: Vec<Program> = of(division).collect();
        // By columns only where there are rows enough.
        programs.extend(of(division.in_order()).filter(|_| division.by_columns));
        programs.extend(self.second_level_program(division));
        let mut met = HashSet::new();
        programs.retain(|program| met.insert(*program));
        programs
    }

    /// How many storage buffers a shader of it binds where every operand and result has a buffer of its own: what a device has to allow
    /// (`max_storage_buffers_per_shader_stage`). Operands in one buffer share a binding, and need fewer.
    ///
    /// ```
    /// use wgpu_activations::{Channels, Direction, Kind, Spec, Storage};
    /// let prelu = Spec::new(Kind::Prelu, Direction::Backward, Storage::F32);
    /// assert_eq!(prelu.storage_buffers(), 3); // x, dy, dx
    /// assert_eq!(prelu.learned(Channels::ONE).storage_buffers(), 4); // and the weights
    /// ```
    #[must_use]
    pub fn storage_buffers(&self) -> usize {
        let (inputs, outputs) = self.operation.ports();
        let is_input = |name| inputs.iter().any(|input| input.names()[0] == name);
        // A formula's result that is an operand, too, is one range.
        let in_place = outputs.iter().filter(|output| is_input(output.names()[0])).count();
        self.program(Width::Wide, Division::GPU).slots().count() - in_place
    }

    /// What ranges of this alignment in buffers of their own need.
    pub(crate) fn program(&self, width: Width, division: Division) -> Program {
        let (inputs, outputs) = self.operation.ports();
        let of_rows = |ports: &[Port]| ports.iter().filter(|port| port.of_row().is_some()).count();
        let of_rows = [(of_rows(&inputs), Access::Read), (of_rows(&outputs), Access::ReadWrite)];
        let operands = |ports: &[Port]| -> usize {
            let ports = ports.iter().filter(|port| port.of_row().is_none());
            ports.map(|port| port.variables().len()).sum()
        };
        let (inputs, outputs) = (operands(&inputs), operands(&outputs));
        let written: Vec<bool> = (0..inputs + outputs).map(|operand| operand >= inputs).collect();
        let mut layout = Layout::separate(&written);
        for operand in (0..written.len()).filter(|operand| self.floats >> operand & 1 == 1) {
            layout.set(operand, operand, Pitch::Floats);
        }
        let of_rows = of_rows.into_iter().flat_map(|(count, access)| std::iter::repeat_n(access, count));
        for (operand, access) in (written.len()..).zip(of_rows) {
            layout.push_operand(operand, access);
        }
        let mut columns = false;
        if let Origin::Learned(views) = self.origin {
            columns = division.by_columns && views.neighbours(0..0, self.storage.per_word(width)).is_some();
            for index in 0..self.operation.what.arguments().shared().len() {
                layout.push_operand(written.len() + index, Access::Read);
            }
        }
        let summed = self.operation.is_summed();
        let shell = match self.operation.what {
            What::Rows(..) => Shell::Rows { word: RowWord::Within, workgroup: Shell::WORKGROUP, held: 0 },
            _ if summed => ONE_COLUMN,
            _ => Shell::Elementwise { columns },
        };
        // Sums of which there are several levels are accumulated by the last one.
        let spec = Self { accumulate: self.accumulate && (!summed || outputs > 1), ..*self };
        Program::new(&spec, shell, width, 0..0, layout)
    }

    /// What adds partial sums: they are numbers like any others.
    pub(crate) fn second_level(&self) -> Self {
        let sum = Self::of(Operation::new(Kind::Identity, Direction::Forward), Storage::F32);
        Self { accumulate: self.accumulate, ..sum }
    }

    #[cfg(any(test, feature = "_host"))]
    fn second_level_program(&self, division: Division) -> Option<Program> {
        let sum = Program { shell: ONE_COLUMN, ..self.second_level().program(Width::Narrow, division) };
        self.operation.is_summed().then_some(sum)
    }
}

/// The sums of one channel.
const ONE_COLUMN: Shell = Shell::Sum(Matrix { runs: false, total: true });
