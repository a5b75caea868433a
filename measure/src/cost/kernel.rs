//! The kernels whose cost is counted.

use std::fmt;

use anyhow::{Result, ensure};
use wgpu_activations::{
    Channels, Direction, Error, Formula, Gate, GateKind, Kind, Spec, Storage, Target, kernel_source,
};

use super::builtin;
use super::fused::{FORMULAS, Known};
use super::rows::{Along, Dispatched, SHAPES};

/// One kernel.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// The activation's name, or the gate's.
    pub name: &'static str,
    /// What is computed of it: `forward`, `gated_backward`, ...
    pub direction: String,
    /// How elements lie in memory.
    pub storage: Storage,
    source: Source,
    /// Whether the device has the feature SHADER_F16.
    shader_f16: bool,
}

/// All that one report counts.
#[derive(Debug, Clone, Default)]
pub struct Kernels {
    /// This library's.
    pub library: Vec<Kernel>,
    /// Its functions of rows.
    pub rows: Vec<Kernel>,
    /// Some of them as written with WGSL's builtins.
    pub builtins: Vec<Kernel>,
    /// Formulas' operations, a kernel each.
    pub steps: Vec<Kernel>,
    /// Formulas as written by hand.
    pub by_hand: Vec<Kernel>,
}

impl Kernels {
    /// One list after the other.
    #[must_use]
    pub fn all(&self) -> Vec<Kernel> {
        [&self.library[..], &self.rows, &self.builtins, &self.steps, &self.by_hand].concat()
    }
}

#[derive(Debug, Clone)]
enum Source {
    Library(Spec),
    /// A formula with a sum.
    Sum(Spec),
    Rows(Along),
    Builtin(&'static str),
    ByHand(&'static Known),
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, (self.name, &self.direction, self.storage), self.shape())
    }
}

/// `softmax forward f32 4096 x 1024`.
pub(super) fn write_name(
    f: &mut fmt::Formatter<'_>,
    (name, direction, storage): (&str, &str, Storage),
    shape: Option<[u64; 2]>,
) -> fmt::Result {
    write!(f, "{name} {direction} {storage}")?;
    match shape {
        Some([rows, size]) => write!(f, " {rows} x {size}"),
        None => Ok(()),
    }
}

/// What `[r]` stands for: a value for each row of what a letter's channels are by default, as a norm has them.
const ROWS: Channels = Channels::new(4096, 64);

impl Kernel {
    /// The functions of rows over each of [`SHAPES`], shape by shape of each storage.
    ///
    /// # Errors
    /// None for these shapes.
    pub fn rows() -> Result<Vec<Self>, Error> {
        let functions = SHAPES.iter().map(|shape| Along::all(*shape)).collect::<Result<Vec<_>, _>>()?;
        let mut kernels = Vec::new();
        for index in 0..functions.first().map_or(0, Vec::len) {
            for &storage in Storage::ALL {
                kernels.extend(functions.iter().filter_map(|functions| functions.get(index)).map(
                    |&(name, direction, along)| Self {
                        name,
                        direction: direction.to_owned(),
                        storage,
                        source: Source::Rows(along),
                        shader_f16: false,
                    },
                ));
            }
        }
        Ok(kernels)
    }

    /// The tensor of a function of rows: how many, and the elements of each.
    #[must_use]
    pub const fn shape(&self) -> Option<[u64; 2]> {
        match self.source {
            Source::Rows(along) => Some(along.shape),
            _ => None,
        }
    }

    /// All that this library has over aligned buffers of their own, sums apart: each activation in each direction and as a gate.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let of_activations = Kind::ALL.iter().flat_map(|kind| Self::of_activation(*kind));
        let mut gates: Vec<GateKind> = Kind::ALL.iter().map(|kind| GateKind::Product(*kind)).collect();
        for named in Gate::NAMED {
            if !gates.contains(&named.gate.kind()) {
                gates.push(named.gate.kind());
            }
        }
        let formulas = FORMULAS.iter().flat_map(|known| Self::of_formula(known.name, known.text));
        of_activations.chain(gates.into_iter().flat_map(Self::of_gate)).chain(formulas).collect()
    }

    /// A formula of this name, and its gradients with an element each by all operands that have one; none of what is no formula.
    #[must_use]
    pub fn of_formula(name: &'static str, text: &str) -> Vec<Self> {
        let Ok(formula) = text.parse::<Formula>() else { return Vec::new() };
        let operands: Vec<String> = formula.operands().filter(|operand| !operand.contains('[')).collect();
        let operands: Vec<&str> = operands.iter().map(String::as_str).collect();
        let gradients = formula.backward(&operands).unwrap_or_default();
        let of_storage = |storage: Storage| {
            let kernel = |direction: &str, formula: &Formula| {
                let spec = Spec::formula(formula, storage).ok()?.channels('r', ROWS);
                let has_sum = formula.results().any(|result| result.contains('['));
                let source = if has_sum { Source::Sum(spec) } else { Source::Library(spec) };
                Some(Self { name, direction: direction.to_owned(), storage, source, shader_f16: false })
            };
            let backward = gradients.first().and_then(|gradients| kernel("formula_backward", gradients));
            kernel("formula", &formula).into_iter().chain(backward).collect::<Vec<_>>()
        };
        Storage::ALL.iter().flat_map(|storage| of_storage(*storage)).collect()
    }

    /// The operations of those formulas, a kernel each, in f32: under the formula's name, with what is computed as the direction.
    #[must_use]
    pub fn steps() -> Vec<Self> {
        let step = |name: &'static str, text: &'static str| {
            let kernels = Self::of_formula(name, text).into_iter();
            let kernels = kernels.filter(|it| it.storage == Storage::F32 && it.direction == "formula");
            kernels.map(move |kernel| Self { direction: text.to_owned(), ..kernel })
        };
        let steps = FORMULAS.iter().flat_map(|known| known.steps.iter().map(|text| (known.name, *text)));
        steps.flat_map(|(name, text)| step(name, text)).collect()
    }

    /// Those formulas, in f32, as one writes them by hand.
    #[must_use]
    pub fn by_hand() -> Vec<Self> {
        let of = |known: &'static Known| Self {
            name: known.name,
            direction: "by hand".to_owned(),
            storage: Storage::F32,
            source: Source::ByHand(known),
            shader_f16: false,
        };
        FORMULAS.iter().map(of).collect()
    }

    /// How many operands have an element each, where that is not the number of bindings.
    pub(super) fn operands(&self) -> Option<u64> {
        match self.source {
            Source::Library(spec) => Some(spec.operands().len() as u64),
            // Sums are few.
            Source::Sum(spec) => Some(spec.operands().len() as u64 - 1),
            Source::Builtin(_) | Source::Rows(_) => None,
            Source::ByHand(known) => {
                let formula = known.text.parse::<Formula>().ok()?;
                Some(Spec::formula(&formula, self.storage).ok()?.operands().len() as u64)
            }
        }
    }

    fn of_activation(kind: Kind) -> impl Iterator<Item = Self> {
        let mut directions = vec![Direction::Forward, Direction::Backward];
        directions.extend(kind.from_output_when().map(|_| Direction::BackwardFromOutput));
        directions.extend((0..kind.learnable().len()).map(Direction::BackwardParameter));
        directions.extend(kind.second_directions());
        directions.into_iter().flat_map(move |direction| {
            Storage::ALL.iter().map(move |&storage| Self {
                name: kind.name(),
                direction: direction.name(kind),
                storage,
                source: Source::Library(Spec::new(kind, direction, storage)),
                shader_f16: false,
            })
        })
    }

    fn of_gate(gate: GateKind) -> impl Iterator<Item = Self> {
        Storage::ALL.iter().flat_map(move |&storage| {
            let kernel = |direction: &str, kernel| Self {
                name: gate.name(),
                direction: direction.to_owned(),
                storage,
                source: Source::Library(kernel),
                shader_f16: false,
            };
            [
                kernel("gated_forward", Spec::gated(gate, Direction::Forward, storage)),
                kernel("gated_backward", Spec::gated(gate, Direction::Backward, storage)),
            ]
        })
    }

    /// The same functions as one writes them with WGSL's builtins, where it has those: forward, in f32 and f16.
    #[must_use]
    pub fn builtins() -> Vec<Self> {
        let storages = [Storage::F32, Storage::F16];
        let of = |(name, function): &(&'static str, &'static str)| {
            let (name, function) = (*name, *function);
            storages.map(|storage| Self {
                name,
                direction: "forward".to_owned(),
                storage,
                source: Source::Builtin(function),
                shader_f16: false,
            })
        };
        builtin::FUNCTIONS.iter().flat_map(of).collect()
    }

    /// On a device with the feature SHADER_F16.
    #[must_use]
    pub fn with_shader_f16(self) -> Self {
        Self { shader_f16: true, ..self }
    }

    fn target(&self) -> Target {
        if self.shader_f16 { Target::GPU.with_shader_f16() } else { Target::GPU }
    }

    pub(super) fn compose(&self) -> Result<Composed> {
        let wgsl = match self.source {
            Source::Rows(along) => return along.dispatched(self.storage, self.target()).map(Composed::Rows),
            Source::Library(kernel) => one_word(&kernel_source(kernel, self.target())?, ENTRY_POINT)?,
            Source::Sum(kernel) => one_word(&kernel_source(kernel, self.target())?, ENTRY_POINT_OF_SUMS)?,
            Source::Builtin(function) => builtin::wgsl(function, self.storage),
            // With all that the formula calls; the formula's own function is compiled away.
            Source::ByHand(known) => known.text.parse::<Formula>()?.wgsl() + known.by_hand,
        };
        Ok(Composed::Word(wgsl))
    }
}

/// The shader of a kernel.
#[derive(Debug)]
pub(super) enum Composed {
    /// One word an invocation.
    Word(String),
    /// As it is dispatched.
    Rows(Dispatched),
}

impl Composed {
    pub(super) fn whole(&self) -> &str {
        match self {
            Self::Word(wgsl) => wgsl,
            Self::Rows(dispatched) => &dispatched.wgsl,
        }
    }

    /// What is counted of it.
    pub(super) fn counted(&self) -> &str {
        match self {
            Self::Word(wgsl) => wgsl,
            Self::Rows(dispatched) => &dispatched.as_a_rule,
        }
    }

    pub(super) fn of_rows(&self) -> Option<&Dispatched> {
        match self {
            Self::Word(_) => None,
            Self::Rows(dispatched) => Some(dispatched),
        }
    }
}

/// Mesa weighs what is in a loop eightfold, the loop for the end as much as the main one, and what is behind a branch three quarters. So
/// the entry point, which is the last function, gives way to one with neither; nothing is run that could go beyond the end.
fn one_word(shader: &str, entry_point: &str) -> Result<String> {
    let parts: Vec<&str> = shader.split("@compute").collect();
    ensure!(parts.len() == 2, "{} entry points, where the library's shaders have one", parts.len() - 1);
    Ok(parts[0].to_owned() + entry_point)
}

const ENTRY_POINT: &str = "@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    apply((group.y * job.groups_per_row + group.x) * WORKGROUP + lane);
}
";

/// The terms of a word, which are stored and not added: an addition is little beside them.
const ENTRY_POINT_OF_SUMS: &str = "@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = (group.y * job.groups_per_row + group.x) * WORKGROUP + lane;
    store_sum(group.x, lane, compute(at));
}
";

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is read by naga, as before it is compiled.
    #[test]
    fn formulas_with_sums_are_shaders() -> Result<()> {
        for text in ["m[c] = x * 2", "y = x * 2; m[c] = x", "s[] = relu(x) * b[c]"] {
            let kernels = Kernel::of_formula("a formula", text);
            assert!(!kernels.is_empty(), "{text}");
            for kernel in kernels {
                crate::cost::spirv::Shader::translate(kernel.compose()?.whole())?;
            }
        }
        Ok(())
    }
}
