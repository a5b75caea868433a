//! Composes WGSL: plain text, put together from the files in `shaders/`, with the glue between them generated. Pure: no GPU.

mod program;
mod shaders;
#[cfg(test)]
mod translate;

use crate::activation::Kind;
use crate::error::Error;
#[cfg(feature = "verify")]
pub(crate) use program::call_activation;
pub(crate) use program::{Arguments, Function, Grain, Program};
pub use shaders::Shaders;

/// The files of `shaders/math/`, by name. A file says in a `// needs:` line which others it calls.
pub(crate) static MATH: &[(&str, &str)] = &[
    ("divide", include_str!("../shaders/math/divide.wgsl")),
    ("exp", include_str!("../shaders/math/exp.wgsl")),
    ("exp_pair", include_str!("../shaders/math/exp_pair.wgsl")),
    ("expm1_minus_x", include_str!("../shaders/math/expm1_minus_x.wgsl")),
    ("factors", include_str!("../shaders/math/factors.wgsl")),
    ("fence", include_str!("../shaders/math/fence.wgsl")),
    ("line", include_str!("../shaders/math/line.wgsl")),
    ("log1p_exp", include_str!("../shaders/math/log1p_exp.wgsl")),
    ("logistic", include_str!("../shaders/math/logistic.wgsl")),
    ("nan", include_str!("../shaders/math/nan.wgsl")),
    ("philox", include_str!("../shaders/math/philox.wgsl")),
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
    /// Whether the activation has this direction, for some parameters at least.
    pub(crate) fn check(self, kind: Kind) -> Result<(), Error> {
        match self {
            Self::Forward | Self::Backward => Ok(()),
            Self::BackwardFromOutput if kind.from_output_when().is_some() => Ok(()),
            Self::BackwardFromOutput => Err(Error::NoBackwardFromOutput {
                activation: kind.name().to_owned(),
                reason: "its derivative is not a function of the output",
            }),
            Self::BackwardParameter(index) | Self::ParameterGradient(index) => {
                let learnable = index < kind.learnable().len();
                if learnable { Ok(()) } else { Err(Error::NotLearnable { activation: kind.name(), index }) }
            }
        }
    }

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
    /// One partial sum for each block of rows and each column.
    Sum(Matrix),
}

/// What kind of matrix a sum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Matrix {
    /// Whether rows come in runs: else all columns of a row are neighbours, and that needs no division.
    pub(crate) runs: bool,
    /// Whether the elements of a word are summed, too: else each is a column of its own.
    pub(crate) total: bool,
}

impl Shell {
    fn source(self) -> &'static str {
        match self {
            Self::Elementwise => include_str!("../shaders/shells/elementwise.wgsl"),
            Self::Sum(_) => include_str!("../shaders/shells/sum.wgsl"),
        }
    }

    /// Invocations in a workgroup. Every WebGPU device allows 128.
    pub(crate) const WORKGROUP: u32 = 64;
}

/// How the elementwise shell divides words among the invocations of a workgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Division {
    /// Words that one invocation takes.
    words: u32,
    /// Whether it takes them in a row: else neighbouring invocations take neighbouring words.
    in_a_row: bool,
}

impl Division {
    /// On a GPU the loads of neighbouring invocations coalesce, and workgroups have to be many even where elements are few.
    const GPU: Self = Self { words: 4, in_a_row: false };

    /// A processor runs through memory. In CPU time an element on lavapipe, relu cost 7.7 ns so, and 8.5 ns with four interleaved
    /// words; sixteen in a row were no faster than eight.
    const PROCESSOR: Self = Self { words: 8, in_a_row: true };

    /// By the kind of adapter.
    pub(crate) fn of(device_type: wgpu::DeviceType) -> Self {
        if device_type == wgpu::DeviceType::Cpu { Self::PROCESSOR } else { Self::GPU }
    }

    /// Words that one workgroup takes.
    pub(crate) const fn block(self) -> u32 {
        Shell::WORKGROUP * self.words
    }

    /// The shell's constants: LANE leads from an invocation's first word to its neighbour's, STEP from each of its words to the next.
    fn constants(self) -> String {
        let Self { words, in_a_row } = self;
        let (lane, step) = if in_a_row { (words, 1) } else { (1, Shell::WORKGROUP) };
        format!("const WORDS: u32 = {words}u;\nconst LANE: u32 = {lane}u;\nconst STEP: u32 = {step}u;\n\n")
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
    use crate::gate::{Gate, GateKind};

    fn files(folder: &str) -> BTreeSet<String> {
        let folder = format!("{}/shaders/{folder}", env!("CARGO_MANIFEST_DIR"));
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_str().unwrap().strip_suffix(".wgsl").unwrap().to_owned()).collect()
    }

    fn gates() -> Vec<GateKind> {
        Gate::NAMED.iter().map(|named| named.gate.kind()).collect()
    }

    #[test]
    fn gates_have_the_functions_of_their_rows() {
        for gate in gates() {
            let row = gate.row();
            let parameters: String = row.parameters.iter().map(|name| format!(", {name}: f32")).collect();
            let forward = format!("fn gate_{}(value: f32, gate: f32{parameters}) -> f32 {{", row.name);
            let backward = format!(
                "fn gate_{}_backward(value: f32, gate: f32, dy: f32{parameters}) -> vec2<f32> {{",
                row.name
            );
            assert!(row.wgsl.contains(&forward) && row.wgsl.contains(&backward), "{}", row.name);
        }
    }

    #[test]
    fn the_folders_hold_what_the_lists_name_and_nothing_else() {
        let rows: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
        assert_eq!(files("activations"), rows);
        let rows: BTreeSet<String> = gates().iter().map(|gate| gate.row().name.to_owned()).collect();
        assert_eq!(files("gates"), rows);
        let math: BTreeSet<String> = MATH.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files("math"), math);
    }

    #[test]
    fn every_need_is_a_file_and_every_file_is_needed() {
        let activations = Kind::ALL.iter().map(|kind| kind.row().wgsl);
        let gates = gates().into_iter().map(|gate| gate.row().wgsl);
        let sources = activations.chain(gates).chain(MATH.iter().map(|(_, source)| *source));
        let needed: BTreeSet<&str> = sources.flat_map(needs).collect();
        let math: BTreeSet<&str> = MATH.iter().map(|(name, _)| *name).collect();
        assert_eq!(needed, math);
    }

    #[test]
    fn a_library_holds_each_file_once_after_what_it_needs() {
        let text = library(Kind::ALL);
        let activations = Kind::ALL.iter().map(|kind| kind.row().wgsl);
        let needed: BTreeSet<&str> =
            activations.chain(MATH.iter().map(|(_, source)| *source)).flat_map(needs).collect();
        for (name, source) in MATH {
            assert_eq!(text.matches(source).count(), usize::from(needed.contains(name)), "{name}");
        }
        for kind in Kind::ALL {
            assert_eq!(text.matches(kind.row().wgsl).count(), 1, "{kind}");
        }
        assert_eq!(library(&[Kind::Relu, Kind::Relu]), library(&[Kind::Relu]));
    }
}
