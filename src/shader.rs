//! Composes WGSL: plain text, put together from the files in `shaders/`, with the glue between them generated. Pure: no GPU.

#[cfg(test)]
mod translate;

use std::fmt::Write;

use crate::activation::Kind;
use crate::plan::{Layout, Width};
use crate::storage::Storage;

/// The files of `shaders/math/`, by name. A file says in a `// needs:` line which others it calls.
pub(crate) static MATH: &[(&str, &str)] = &[
    ("divide", include_str!("../shaders/math/divide.wgsl")),
    ("exp", include_str!("../shaders/math/exp.wgsl")),
    ("exp_pair", include_str!("../shaders/math/exp_pair.wgsl")),
    ("expm1_minus_x", include_str!("../shaders/math/expm1_minus_x.wgsl")),
    ("fence", include_str!("../shaders/math/fence.wgsl")),
    ("log1p_exp", include_str!("../shaders/math/log1p_exp.wgsl")),
    ("logistic", include_str!("../shaders/math/logistic.wgsl")),
    ("nan", include_str!("../shaders/math/nan.wgsl")),
    ("product", include_str!("../shaders/math/product.wgsl")),
    ("split", include_str!("../shaders/math/split.wgsl")),
    ("sqrt", include_str!("../shaders/math/sqrt.wgsl")),
    ("tanh", include_str!("../shaders/math/tanh.wgsl")),
    ("versine", include_str!("../shaders/math/versine.wgsl")),
];

const JOB: &str = include_str!("../shaders/shells/job.wgsl");

/// What is computed of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Direction {
    /// y = f(x)
    Forward,
    /// dx = f'(x) dy
    Backward,
    /// dx = f'(f⁻¹(y)) dy
    BackwardFromOutput,
    /// ∂f/∂w(x) dy, element by element, for the learnable parameter w of this position (0 for the first one)
    BackwardParameter(usize),
    /// dw = Σ ∂f/∂w(x) dy, for the learnable parameter w of this position
    ParameterGradient(usize),
}

impl Direction {
    /// The operands that are read, as errors and shaders call them.
    pub(crate) const fn inputs(self) -> &'static [&'static str] {
        match self {
            Self::Forward => &["x"],
            Self::Backward | Self::BackwardParameter(_) | Self::ParameterGradient(_) => &["x", "dy"],
            Self::BackwardFromOutput => &["y", "dy"],
        }
    }

    /// The operand that is written.
    pub(crate) const fn output(self) -> &'static str {
        match self {
            Self::Forward => "y",
            Self::Backward | Self::BackwardFromOutput => "dx",
            Self::BackwardParameter(_) => "the derivative by the parameter",
            Self::ParameterGradient(_) => "the gradient of the parameter",
        }
    }

    /// The direction's name, as reports and labels have it: `backward_weight` element by element, `gradient_weight` summed.
    #[must_use]
    pub fn name(self, kind: Kind) -> String {
        match self {
            Self::Forward => "forward".to_owned(),
            Self::Backward => "backward".to_owned(),
            Self::BackwardFromOutput => "backward_from_output".to_owned(),
            Self::BackwardParameter(index) => format!("backward_{}", parameter(kind, index)),
            Self::ParameterGradient(index) => format!("gradient_{}", parameter(kind, index)),
        }
    }

    /// The WGSL function that computes it for one element.
    fn function(self, kind: Kind) -> String {
        match self {
            Self::Forward => format!("act_{}", kind.name()),
            Self::ParameterGradient(index) => Self::BackwardParameter(index).function(kind),
            _ => format!("act_{}_{}", kind.name(), self.name(kind)),
        }
    }
}

fn parameter(kind: Kind, index: usize) -> &'static str {
    kind.row().learnable.get(index).map_or("parameter", |learnable| learnable.parameter)
}

/// Which entry point a shader has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shell {
    /// One result for each element.
    Elementwise,
    /// One partial sum for each workgroup.
    Sum,
}

impl Shell {
    fn source(self) -> &'static str {
        match self {
            Self::Elementwise => include_str!("../shaders/shells/elementwise.wgsl"),
            Self::Sum => include_str!("../shaders/shells/sum.wgsl"),
        }
    }

    /// Invocations in a workgroup. Every WebGPU device allows 128.
    pub(crate) const fn workgroup(self) -> u32 {
        64
    }

    /// Words that one invocation takes: on lavapipe, four are a quarter faster than one, and more gain nothing. A sum takes
    /// as many as give one partial for each 16384 elements.
    pub(crate) const fn words(self) -> u32 {
        match self {
            Self::Elementwise => 4,
            Self::Sum => 64,
        }
    }

    /// Words that one workgroup takes.
    pub(crate) const fn block(self) -> u32 {
        self.workgroup() * self.words()
    }
}

/// All that a composed shader depends on; parameter values are not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Program {
    pub(crate) kind: Kind,
    pub(crate) direction: Direction,
    pub(crate) shell: Shell,
    pub(crate) storage: Storage,
    pub(crate) width: Width,
    pub(crate) layout: Layout,
    /// Whether results are added to what the output holds.
    pub(crate) accumulate: bool,
}

/// One storage binding of a shader: an array of these elements.
pub(crate) struct Slot {
    pub(crate) writes: bool,
    element: &'static str,
    pub(crate) element_bytes: u64,
}

impl Program {
    pub(crate) fn label(&self) -> String {
        let Self { kind, direction, storage, width, .. } = self;
        let shell = if self.shell == Shell::Sum { " sum" } else { "" };
        let accumulate = if self.accumulate { " accumulate" } else { "" };
        let direction = direction.name(*kind);
        format!("wgpu-activations {kind} {direction}{shell}{accumulate} {storage} {width:?}")
    }

    /// The whole shader, with the entry point `main`.
    pub(crate) fn source(&self) -> String {
        let mut text = String::from(JOB);
        let _ = writeln!(text, "\nconst WORKGROUP: u32 = {}u;", self.shell.workgroup());
        let _ = writeln!(text, "const WORDS: u32 = {}u;\n", self.shell.words());
        text += &library(&[self.kind]);
        text.extend(self.storage.sources(self.width));
        text += &self.glue();
        text += self.shell.source();
        text
    }

    /// The storage bindings, in order, from binding 1 on.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        let sums = (self.shell == Shell::Sum).then(|| self.layout.slot(self.output_operand()));
        self.layout.accesses().enumerate().map(move |(slot, access)| {
            let (element, element_bytes) = match sums {
                Some(sums) if sums == slot => ("f32", Storage::F32.bytes()),
                _ => ("Word", Storage::word_bytes(self.width)),
            };
            Slot { writes: access.writes(), element, element_bytes }
        })
    }

    /// The bindings, and the functions between storage, activation and shell.
    fn glue(&self) -> String {
        let mut text = String::from("\n");
        for (slot, Slot { writes, element, .. }) in self.slots().enumerate() {
            let access = if writes { "read_write" } else { "read" };
            let binding = slot + 1;
            let _ = writeln!(
                text,
                "@group(0) @binding({binding}) var<storage, {access}> slot_{slot}: array<{element}>;"
            );
        }
        let inputs = self.direction.inputs();
        let _ = writeln!(text, "\nfn compute(at: u32) -> Values {{");
        for (operand, name) in inputs.iter().enumerate() {
            let _ = writeln!(text, "    let {name} = unpack({});", self.place(operand, "at"));
        }
        let lanes = self.storage.lanes(self.width).iter().map(|lane| self.call(inputs, lane));
        let _ = writeln!(text, "    return Values({});\n}}\n", lanes.collect::<Vec<_>>().join(", "));
        text + &self.store() + "\n"
    }

    /// The function through which the shell gives its result back.
    fn store(&self) -> String {
        let place = self.place(self.output_operand(), "at");
        if self.shell == Shell::Sum {
            let sum = if self.accumulate { format!("{place} + sum") } else { "sum".to_owned() };
            return format!("fn store_sum(at: u32, sum: f32) {{\n    {place} = {sum};\n}}\n");
        }
        let values = if self.accumulate { format!("unpack({place}) + values") } else { "values".to_owned() };
        let word = match self.width {
            Width::Single => format!("pack_beside({place}, {values})"),
            _ => format!("pack({values})"),
        };
        format!("fn store(at: u32, values: Values) {{\n    {place} = {word};\n}}\n")
    }

    fn output_operand(&self) -> usize {
        self.direction.inputs().len()
    }

    /// Where an operand's word lies: `slot_1[at + job.offsets[0].y]`.
    fn place(&self, operand: usize, at: &str) -> String {
        let slot = self.layout.slot(operand);
        format!("slot_{slot}[{at} + job.offsets{}]", component(operand))
    }

    /// The activation's function, called for one lane: `act_leaky_relu_backward(x.y, dy.y, job.arguments[0].x)`.
    fn call(&self, inputs: &[&str], lane: &str) -> String {
        let row = self.kind.row();
        let inputs = inputs.iter().map(|input| format!("{input}{lane}"));
        let arguments = (0..row.parameters.len() + row.derived.len())
            .map(|index| format!("job.arguments{}", component(index)));
        let all: Vec<String> = inputs.chain(arguments).collect();
        format!("{}({})", self.direction.function(self.kind), all.join(", "))
    }
}

/// The place of a number in an array of vec4.
fn component(index: usize) -> String {
    format!("[{}].{}", index / 4, ["x", "y", "z", "w"][index % 4])
}

/// The WGSL library of several activations: their functions, `act_NAME` and `act_NAME_backward` and so on, and the math that they
/// need, each file once. Paste it before your own shader (a matrix multiplication's epilogue, a fragment shader).
#[must_use]
pub fn library(kinds: &[Kind]) -> String {
    let mut files: Vec<&'static str> = Vec::new();
    for kind in kinds {
        add_with_needs(kind.row().wgsl, &mut files);
    }
    files.join("\n") + "\n"
}

/// Adds a file after those that it needs, unless it is there.
fn add_with_needs(source: &'static str, files: &mut Vec<&'static str>) {
    if files.contains(&source) {
        return;
    }
    for (_, needed) in needs(source).filter_map(|name| MATH.iter().find(|(math, _)| *math == name)) {
        add_with_needs(needed, files);
    }
    files.push(source);
}

/// The names in a file's `// needs:` line.
fn needs(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.strip_prefix("// needs:")).flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use super::*;

    fn files(folder: &str) -> BTreeSet<String> {
        let folder = format!("{}/shaders/{folder}", env!("CARGO_MANIFEST_DIR"));
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_str().unwrap().strip_suffix(".wgsl").unwrap().to_owned()).collect()
    }

    #[test]
    fn the_folders_hold_what_the_lists_name_and_nothing_else() {
        let rows: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
        assert_eq!(files("activations"), rows);
        let math: BTreeSet<String> = MATH.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files("math"), math);
    }

    #[test]
    fn every_need_is_a_file_and_every_file_is_needed() {
        let sources =
            Kind::ALL.iter().map(|kind| kind.row().wgsl).chain(MATH.iter().map(|(_, source)| *source));
        let needed: BTreeSet<&str> = sources.flat_map(needs).collect();
        let math: BTreeSet<&str> = MATH.iter().map(|(name, _)| *name).collect();
        assert_eq!(needed, math);
    }

    #[test]
    fn a_library_holds_each_file_once_after_what_it_needs() {
        let text = library(Kind::ALL);
        for (name, source) in MATH {
            assert_eq!(text.matches(source).count(), 1, "{name}");
        }
        for kind in Kind::ALL {
            assert_eq!(text.matches(kind.row().wgsl).count(), 1, "{kind}");
        }
        assert_eq!(library(&[Kind::Relu, Kind::Relu]), library(&[Kind::Relu]));
    }
}
