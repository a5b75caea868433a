//! `wgsl`: an activation's functions as text, to be pasted, and whole kernels.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use wgpu_activations::{
    Activation, Direction, Formula, GateKind, Kind, Spec, Storage, Target, kernel_source, library,
};

use crate::functions::Functions;
use crate::named::{Function, activation_of, function_of, parse_storage};
use crate::terminal;

/// The WGSL of an activation: its functions, to be pasted into a shader of yours, or a whole compute shader
#[derive(Args)]
pub(crate) struct Arguments {
    /// The activation, or for gated kernels also a gate: `gelu_erf`, `swiglu`; or a formula: `gelu_erf(x + b[c]) * g`
    name: String,

    #[command(flatten)]
    functions: Functions,

    /// The whole compute shader of this kernel, as it is dispatched over aligned buffers of their own
    #[arg(long)]
    kernel: Option<Which>,

    /// Storage type of the kernel's operands
    #[arg(long, value_name = "TYPE", default_value = "f32", value_parser = parse_storage, requires = "kernel")]
    storage: Storage,

    #[command(flatten)]
    device: Device,
}

/// What shaders are written for.
#[derive(Args, PartialEq)]
pub(crate) struct Device {
    /// What shaders are to run on: a GPU, or a driver that runs them on the CPU, which wants its words in a row
    #[arg(long = "for", value_enum, default_value = "gpu")]
    target: Adapter,

    /// As on a device that was made with the feature SHADER_F16: f16 is written by the hardware's conversion
    #[arg(long)]
    shader_f16: bool,
}

impl Device {
    pub(crate) fn target(&self) -> Target {
        let target = Target::from(self.target);
        if self.shader_f16 { target.with_shader_f16() } else { target }
    }
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Which {
    Forward,
    Backward,
    FromOutput,
    /// f''(x) dy
    Second,
    GatedForward,
    GatedBackward,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Adapter {
    Gpu,
    Cpu,
}

impl From<Adapter> for Target {
    fn from(adapter: Adapter) -> Self {
        match adapter {
            Adapter::Gpu => Self::GPU,
            Adapter::Cpu => Self::CPU,
        }
    }
}

impl Arguments {
    fn source(&self, spec: Spec) -> Result<String> {
        Ok(kernel_source(spec, self.device.target())?)
    }
}

pub(crate) fn execute(arguments: &Arguments) -> Result<ExitCode> {
    let usual = Device { target: Adapter::Gpu, shader_f16: false };
    ensure!(
        arguments.kernel.is_some() || arguments.device == usual,
        "--for and --shader-f16 are for a whole shader, --kernel: functions are the same everywhere"
    );
    arguments.functions.define()?;
    let text = match (arguments.functions.formula_of(&arguments.name)?, arguments.kernel) {
        (Some(formula), which) => of_formula(arguments, &formula, which)?,
        (None, Some(which)) => kernel(arguments, which)?,
        (None, None) => functions(&arguments.name)?,
    };
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn functions(name: &str) -> Result<String> {
    if let Function::Gate(named) = function_of(name)? {
        bail!("{} is a gate, made of other functions: --kernel gated_forward shows them all", named.name);
    }
    Ok(library(&[activation_of(name)?.0]))
}

/// The functions of a formula, or its kernel; backward, those of its gradients by all operands.
fn of_formula(arguments: &Arguments, formula: &Formula, which: Option<Which>) -> Result<String> {
    let shader = |formula: &Formula| -> Result<String> {
        let spec = Spec::formula(formula, arguments.storage)?;
        let head = format!(
            "// {formula}: a kernel of wgpu-activations {}. Entry point main; binding 0 is the uniform `job`, then come {}.\n\n",
            env!("CARGO_PKG_VERSION"),
            spec.bindings().join(", ")
        );
        Ok(head + &arguments.source(spec)?)
    };
    match which {
        None => Ok(formula.wgsl()),
        Some(Which::Forward) => shader(formula),
        Some(Which::Backward) => {
            let gradients = formula.gradients()?;
            let shaders = gradients.iter().map(shader).collect::<Result<Vec<_>>>()?;
            Ok(shaders.join("\n"))
        }
        Some(_) => bail!("a formula has a kernel forward, and kernels backward"),
    }
}

/// What a kernel is, for its shader and for the comment above it.
struct Described {
    spec: Spec,
    /// The function whose arguments, after the operands, the uniform holds.
    function: String,
    /// Those of the defaults, or of an example where there are none.
    example: Option<Activation>,
}

impl Which {
    fn of(self, name: &str, storage: Storage) -> Result<Described> {
        let one = |direction: Direction| -> Result<Described> {
            let (kind, _) = activation_of(name)?;
            let spec = Spec::new(kind, direction, storage);
            Ok(Described { spec, function: format!("act_{kind}"), example: example(kind) })
        };
        let gated = |direction: Direction| -> Result<Described> {
            let gate = gate_kind(name)?;
            let product = matches!(gate, GateKind::Product(_));
            let prefix = if product { "act" } else { "gate" };
            Ok(Described {
                spec: Spec::gated(gate, direction, storage),
                function: format!("{prefix}_{}", gate.name()),
                example: product.then(|| example(gate.activation())).flatten(),
            })
        };
        match self {
            Self::Forward => one(Direction::Forward),
            Self::Backward => one(Direction::Backward),
            Self::FromOutput => one(Direction::BackwardFromOutput),
            Self::Second => one(Direction::Second),
            Self::GatedForward => gated(Direction::Forward),
            Self::GatedBackward => gated(Direction::Backward),
        }
    }
}

/// The gate of a name, or the one that an activation makes. No parameters: some have no defaults.
pub(crate) fn gate_kind(name: &str) -> Result<GateKind> {
    match function_of(name)? {
        Function::Gate(named) => Ok(named.gate.kind()),
        _ => Ok(activation_of(name)?.0.into()),
    }
}

fn example(kind: Kind) -> Option<Activation> {
    kind.with_defaults().ok().or_else(|| kind.samples().first().copied())
}

fn kernel(arguments: &Arguments, which: Which) -> Result<String> {
    let described = which.of(&arguments.name, arguments.storage)?;
    let shader = arguments.source(described.spec)?;
    Ok(described.head(&shader, arguments.storage)? + "\n" + &shader)
}

impl Described {
    /// The comment that names the bindings and the uniform's fields, read from the shader itself.
    fn head(&self, shader: &str, storage: Storage) -> Result<String> {
        let constant = |name: &str| -> Result<u64> {
            let found = shader.lines().find_map(|line| line.strip_prefix(&format!("const {name}: u32 = ")));
            let number =
                found.and_then(|rest| rest.strip_suffix("u;")).and_then(|number| number.parse().ok());
            number.with_context(|| format!("the shader has no {name}"))
        };
        let (block, elements) = (constant("WORKGROUP")? * constant("WORDS")?, constant("ELEMENTS")?);
        let mut text = format!(
            "// {}, {storage}: a kernel of wgpu-activations {}, for operands in buffers of their own\n// that begin at multiples of 16 bytes.\n//\n\
             // Entry point main. Bindings of group 0:\n//   0  job: Job, uniform\n",
            self.spec.name(),
            env!("CARGO_PKG_VERSION"),
        );
        let slots = shader.lines().filter_map(|line| line.split_once("> slot_"));
        for ((binding, name), (access, _)) in (1..).zip(self.spec.operands()).zip(slots) {
            let access = if access.ends_with("read_write") { "read_write" } else { "read" };
            let _ = writeln!(
                text,
                "//   {binding}  {name}: storage, {access}, {elements} elements of {storage} a word"
            );
        }
        let _ = write!(
            text,
            "//\n// Dispatch x * y workgroups that together are at least words / {block}. Fields of the uniform:\n\
             //   words           how many words each operand has. Elements that fill no word are left out: pad the\n\
             //                   buffers to whole words\n\
             //   groups_per_row  x\n"
        );
        for (index, name) in self.arguments(shader).enumerate() {
            let place = format!("arguments[{}].{}", index / 4, ["x", "y", "z", "w"][index % 4]);
            let _ = write!(text, "//   {place:<14}  {name}");
            if let Some((value, example)) =
                self.example.and_then(|example| Some((*example.arguments().get(index)?, example)))
            {
                let _ = write!(text, ": {value} for {example}");
            }
            text.push('\n');
        }
        Ok(text + "//   all others      0\n")
    }

    /// What the function takes beside x, or beside value and gate: parameters, and what is derived from them.
    fn arguments<'a>(&self, shader: &'a str) -> impl Iterator<Item = &'a str> {
        let inputs = if self.function.starts_with("gate_") { 2 } else { 1 };
        let head = format!("fn {}(", self.function);
        let list =
            shader.split_once(&head).and_then(|(_, rest)| rest.split_once(')')).map_or("", |(list, _)| list);
        list.split(", ").skip(inputs).filter_map(|argument| argument.split(':').next())
    }
}
