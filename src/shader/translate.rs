//! Every shader that binding can ask for goes through naga to SPIR-V, MSL, HLSL and GLSL ES 3.1, with the options that wgpu
//! uses, and from there to what validators there are: no GPU, so the platforms at hand do not matter.
//!
//! spirv-val reads the SPIR-V, glslang the GLSL and the HLSL. Nothing outside Apple's tools reads MSL, and Microsoft's compilers of
//! HLSL are on none of the registries: there, naga's word has to do, and for HLSL glslang's, which knows most of the language.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use naga::back::{glsl, hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};

use super::*;
use crate::gate::{GateKind, Order};
use crate::plan::{self, Access, Extent, Layout, Limits, Operand, Pitch, Width};
use crate::storage::Storage;

// ---- Which shaders there are ----

/// Every program that binding can ask for, but one thing: what is glue (layouts, accumulation, gates' packings, matrices of sums) in all
/// its forms only for the first activation that has the function. With every activation in every form this would take an hour.
fn programs() -> Vec<Program> {
    let mut met = HashSet::new();
    let mut programs = Vec::new();
    for (function, arguments) in functions() {
        let all_forms = met.insert((form(function), arguments));
        let shells = shells(function);
        for &shell in &shells[..if all_forms { shells.len() } else { 1 }] {
            for layout in layouts(function, arguments, shell, all_forms) {
                for &accumulate in &[false, true][..if all_forms { 2 } else { 1 }] {
                    programs.extend(of_all_storages(function, arguments, shell, layout, accumulate));
                }
            }
        }
    }
    programs
}

fn of_all_storages(
    function: Function,
    arguments: Arguments,
    shell: Shell,
    layout: Layout,
    accumulate: bool,
) -> impl Iterator<Item = Program> {
    let widths = |storage: &'static Storage| storage.widths().iter().map(|width| (*storage, *width));
    // A sum's partial sums are summed as f32, whatever the terms' storage.
    let partials = function == PARTIAL_SUMS && shell != Shell::Elementwise;
    let storages = if partials { &Storage::ALL[..1] } else { Storage::ALL };
    storages.iter().flat_map(widths).map(move |(storage, width)| Program {
        function,
        arguments,
        shell,
        storage,
        width,
        layout,
        accumulate,
    })
}

/// What adds the partial sums of a gradient.
const PARTIAL_SUMS: Function = Function::Activation(Kind::Identity, Direction::Forward);

/// A function, whatever the activation.
#[derive(PartialEq, Eq, Hash)]
enum Form {
    Activation(Direction),
    Gate { backward: bool, product: bool },
}

fn form(function: Function) -> Form {
    match function {
        Function::Activation(_, direction) => Form::Activation(direction),
        Function::GateForward(gate) => Form::Gate { backward: false, product: gate.name() != CLAMPED },
        Function::GateBackward(gate) => Form::Gate { backward: true, product: gate.name() != CLAMPED },
    }
}

const CLAMPED: &str = "clamped_swiglu";

fn functions() -> Vec<(Function, Arguments)> {
    let mut functions = Vec::new();
    for &kind in Kind::ALL {
        for direction in directions(kind) {
            let function = Function::Activation(kind, direction);
            functions.extend(arguments(kind, direction).into_iter().map(|arguments| (function, arguments)));
        }
    }
    let gates = Kind::ALL.iter().map(|kind| GateKind::Product(*kind)).chain([GateKind::ClampedSwiglu]);
    for gate in gates {
        functions.extend(
            [Function::GateForward(gate), Function::GateBackward(gate)].map(|it| (it, Arguments::Uniform)),
        );
    }
    functions
}

/// Every direction that the activation has.
fn directions(kind: Kind) -> Vec<Direction> {
    let mut directions = vec![Direction::Forward, Direction::Backward];
    directions.extend(kind.from_output_when().map(|_| Direction::BackwardFromOutput));
    for index in 0..kind.learnable().len() {
        directions.extend([Direction::BackwardParameter(index), Direction::ParameterGradient(index)]);
    }
    directions
}

/// Where parameters may come from.
fn arguments(kind: Kind, direction: Direction) -> Vec<Arguments> {
    let mut arguments = vec![Arguments::Uniform];
    if kind.learnable().len() > 0 {
        arguments.extend([Grain::All, Grain::Word, Grain::Element].map(Arguments::Learned));
    }
    if kind.draws() && matches!(direction, Direction::Forward | Direction::Backward) {
        arguments.push(Arguments::Drawn);
    }
    arguments
}

/// What reads the operands of a function.
fn shells(function: Function) -> Vec<Shell> {
    let matrices = [(false, true), (true, true), (true, false), (false, false)];
    let sums = matrices.map(|(runs, total)| Shell::Sum(Matrix { runs, total }));
    match function {
        Function::Activation(_, Direction::ParameterGradient(_)) => sums.to_vec(),
        PARTIAL_SUMS => [Shell::Elementwise].into_iter().chain(sums).collect(),
        _ => vec![Shell::Elementwise],
    }
}

/// The layouts that a function is planned in: of an activation, operands in one buffer or several, close together (in place is the
/// closest) or far apart; of a gate, in one buffer or several, with pairs in every packing. The first one has every operand in a
/// binding of its own.
fn layouts(function: Function, arguments: Arguments, shell: Shell, all: bool) -> Vec<Layout> {
    let mut found = match function {
        Function::Activation(_, direction) => activation_layouts(direction.inputs().len(), shell),
        Function::GateForward(_) => gate_layouts(false),
        Function::GateBackward(_) => gate_layouts(true),
    };
    found.truncate(if all { found.len() } else { 1 });
    if let (Function::Activation(kind, direction), Arguments::Learned(_)) = (function, arguments) {
        for layout in &mut found {
            for index in 0..kind.learnable().len() {
                layout.push_operand(direction.inputs().len() + 1 + index, Access::Read);
            }
        }
    }
    found
}

fn activation_layouts(inputs: usize, shell: Shell) -> Vec<Layout> {
    let mut written = vec![false; inputs];
    written.push(true);
    let mut layouts = vec![Layout::separate(&written)];
    let planned: Vec<Layout> = match shell {
        Shell::Elementwise => placements(inputs + 1)
            .into_iter()
            .map(|mut operands| {
                operands[inputs].written = true;
                layout(&operands)
            })
            .collect(),
        Shell::Sum(_) => placements(inputs)
            .into_iter()
            .map(|operands| {
                let mut layout = layout(&operands);
                layout.push_operand(inputs, Access::ReadWrite);
                layout
            })
            .collect(),
    };
    let mut met = HashSet::from([layouts[0]]);
    layouts.extend(planned.into_iter().filter(|layout| met.insert(*layout)));
    layouts
}

/// Value and gate, for the backward also dy and both gradients, packed alike.
fn gate_layouts(backward: bool) -> Vec<Layout> {
    let pairs = [Order::ValueFirst, Order::GateFirst].map(|order| vec![Pitch::Pairs(order)]);
    let packings = [vec![Pitch::Contiguous; 2], vec![Pitch::Rows; 2]].into_iter().chain(pairs);
    let one = || vec![Pitch::Contiguous];
    let mut layouts = Vec::new();
    for pair in packings {
        let (read, written) = if backward { ([pair.clone(), one()].concat(), pair) } else { (pair, one()) };
        let pitches =
            read.iter().map(|pitch| (*pitch, false)).chain(written.iter().map(|pitch| (*pitch, true)));
        for shared in [false, true] {
            let operand = |(index, (pitch, written))| Operand {
                buffer: if shared { 0 } else { index },
                byte_offset: if shared { 1024 * index as u64 } else { 0 },
                written,
                pitch,
            };
            layouts.push(layout(&pitches.clone().enumerate().map(operand).collect::<Vec<_>>()));
        }
    }
    layouts
}

/// Every way to put so many operands into buffers that makes a difference.
fn placements(operands: usize) -> Vec<Vec<Operand>> {
    const FAR: u64 = 1 << 20;
    let mut all: Vec<Vec<Operand>> = vec![Vec::new()];
    for _ in 0..operands {
        let extended = |placed: Vec<Operand>| {
            let used = placed.iter().map(|operand| operand.buffer + 1).max().unwrap_or(0);
            let places =
                (0..=used).flat_map(move |buffer| (0..operands as u64).map(move |far| (buffer, far * FAR)));
            places.map(move |(buffer, byte_offset)| {
                let operand = Operand { buffer, byte_offset, written: false, pitch: Pitch::Contiguous };
                placed.iter().copied().chain([operand]).collect()
            })
        };
        all = all.into_iter().flat_map(extended).collect();
    }
    all
}

fn layout(operands: &[Operand]) -> Layout {
    let limits = Limits::from(&wgpu::Limits::default());
    let extent = Extent { row: 16, ..Extent::new(64, Storage::F32) };
    plan::segments(operands, extent, &limits).unwrap()[0].layout
}

#[test]
fn shared_buffers_multiply_the_layouts() {
    // In buffers of their own, far apart in one buffer, close together in one.
    assert_eq!(activation_layouts(1, Shell::Elementwise).len(), 3);
    assert_eq!(activation_layouts(2, Shell::Elementwise).len(), 11);
    // The output of a sum is never in a binding of its inputs.
    assert_eq!(activation_layouts(2, Shell::Sum(Matrix { runs: false, total: true })).len(), 2);
    for backward in [false, true] {
        let layouts = gate_layouts(backward);
        assert_eq!(layouts.iter().collect::<HashSet<_>>().len(), 8);
        assert_eq!(layouts[0].accesses().len(), if backward { 5 } else { 3 });
    }
}

// ---- Translation, as wgpu does it ----

/// A module with the entry point `main`, parsed and validated for a device without optional features.
struct Shader {
    module: naga::Module,
    info: ModuleInfo,
}

/// A binding, and how wgpu's layouts see it.
struct Resource {
    binding: naga::ResourceBinding,
    uniform: bool,
    writes: bool,
}

impl Shader {
    fn parse(source: &str) -> Result<Self, String> {
        let module = naga::front::wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .map_err(|error| error.emit_to_string(source))?;
        Ok(Self { module, info })
    }

    fn resources(&self) -> impl Iterator<Item = Resource> {
        self.module.global_variables.iter().filter_map(|(_, variable)| {
            let writes = matches!(variable.space, naga::AddressSpace::Storage { access } if access.contains(naga::StorageAccess::STORE));
            let uniform = variable.space == naga::AddressSpace::Uniform;
            variable.binding.map(|binding| Resource { binding, uniform, writes })
        })
    }

    /// As wgpu's Vulkan backend on a device of Vulkan 1.0 without robustBufferAccess2, which takes the most code.
    fn spirv(&self) -> Result<Vec<u8>, String> {
        let options = spv::Options {
            lang_version: (1, 0),
            flags: spv::WriterFlags::LABEL_VARYINGS | spv::WriterFlags::FORCE_POINT_SIZE,
            capabilities: Some([spv::Capability::Shader].into_iter().collect()),
            bounds_check_policies: checked(BoundsCheckPolicy::Restrict),
            zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
            ..Default::default()
        };
        let words = spv::write_vec(&self.module, &self.info, &options, None).map_err(text)?;
        Ok(words.into_iter().flat_map(u32::to_le_bytes).collect())
    }

    fn msl(&self) -> Result<String, String> {
        let mut resources = msl::EntryPointResources::default();
        for (slot, Resource { binding, writes, .. }) in (0..).zip(self.resources()) {
            let target = msl::BindTarget { buffer: Some(slot), mutable: writes, ..Default::default() };
            resources.resources.insert(binding, target);
            resources.sizes_buffer = Some(slot + 1);
        }
        let options = msl::Options {
            lang_version: (2, 0),
            per_entry_point_map: BTreeMap::from([("main".to_owned(), resources)]),
            fake_missing_bindings: false,
            bounds_check_policies: checked(BoundsCheckPolicy::Restrict),
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        };
        let entry_point = Some((naga::ShaderStage::Compute, "main".to_owned()));
        let pipeline = msl::PipelineOptions { entry_point, ..Default::default() };
        let (source, info) =
            msl::write_string(&self.module, &self.info, &options, &pipeline).map_err(text)?;
        info.entry_point_names[0].as_ref().map_err(text)?;
        Ok(source)
    }

    /// As wgpu's Direct3D 12 backend for FXC, which takes the oldest shader model.
    fn hlsl(&self) -> Result<String, String> {
        let mut options = hlsl::Options {
            fake_missing_bindings: false,
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        };
        for (register, Resource { binding, .. }) in (0..).zip(self.resources()) {
            let target = hlsl::BindTarget { register, restrict_indexing: true, ..Default::default() };
            options.binding_map.insert(binding, target);
        }
        let mut source = String::new();
        let pipeline = hlsl::PipelineOptions::default();
        let info = hlsl::Writer::new(&mut source, &options, &pipeline)
            .write(&self.module, &self.info, None)
            .map_err(text)?;
        info.entry_point_names[0].as_ref().map_err(text)?;
        Ok(source)
    }

    /// As wgpu's OpenGL backend: uniforms and storage buffers are numbered apart.
    fn glsl(&self) -> Result<String, String> {
        let mut options = glsl::Options { zero_initialize_workgroup_memory: false, ..Default::default() };
        let (mut uniforms, mut storages) = (0, 0);
        for Resource { binding, uniform, .. } in self.resources() {
            let counter = if uniform { &mut uniforms } else { &mut storages };
            options.binding_map.insert(binding, *counter);
            *counter += 1;
        }
        let pipeline = glsl::PipelineOptions {
            shader_stage: naga::ShaderStage::Compute,
            entry_point: "main".to_owned(),
            multiview: None,
        };
        let mut source = String::new();
        let policies = checked(BoundsCheckPolicy::Unchecked);
        glsl::Writer::new(&mut source, &self.module, &self.info, &options, &pipeline, policies)
            .and_then(|mut writer| writer.write().map(|_| ()))
            .map_err(text)?;
        Ok(source)
    }
}

fn checked(policy: BoundsCheckPolicy) -> BoundsCheckPolicies {
    BoundsCheckPolicies { index: policy, buffer: policy, ..Default::default() }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

// ---- Validators ----

const SPIRV_VAL: &str = "spirv-val";
const GLSLANG: &str = "glslangValidator";

// Of these, only GLSL is read by many files at a time: glslang takes HLSL on the way to SPIR-V alone.
const SPIRV: &[&str] = &["--target-env", "vulkan1.0"];
const GLSL: &[&str] = &["-S", "comp"];
const HLSL: &[&str] =
    &["-S", "comp", "-D", "-e", "main", "-V", "-o", if cfg!(windows) { "NUL" } else { "/dev/null" }];

/// A shader to translate.
struct Job {
    /// Of the files that become of it.
    name: String,
    source: String,
    /// Whether glslang reads its HLSL, at a tenth of a second each.
    reads_hlsl: bool,
}

/// Translates shaders and lets the validators read them; returns what is wrong.
fn faults(jobs: &[Job]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |job: &Job, extension| folder.path().join(&job.name).with_extension(extension);
    let mut faults = Vec::new();
    for job in jobs {
        let translated = translate(job, |extension| path(job, extension));
        faults.extend(translated.err().map(|fault| format!("{}: {fault}", job.name)));
    }
    let written = |extension| -> Vec<PathBuf> {
        jobs.iter().map(|job| path(job, extension)).filter(|path| path.exists()).collect()
    };
    faults.extend(written("comp").chunks(jobs.len()).filter_map(|files| read(GLSLANG, GLSL, files).err()));
    faults.extend(written("hlsl").chunks(1).filter_map(|file| read(GLSLANG, HLSL, file).err()));
    faults.extend(written("spv").chunks(1).filter_map(|file| read(SPIRV_VAL, SPIRV, file).err()));
    faults
}

fn translate(job: &Job, path: impl Fn(&'static str) -> PathBuf) -> Result<(), String> {
    let shader = Shader::parse(&job.source)?;
    shader.msl().map_err(|error| format!("MSL: {error}"))?;
    let spirv = shader.spirv().map_err(|error| format!("SPIR-V: {error}"))?;
    let glsl = shader.glsl().map_err(|error| format!("GLSL: {error}"))?;
    let hlsl = shader.hlsl().map_err(|error| format!("HLSL: {error}"))?;
    std::fs::write(path("spv"), spirv).unwrap();
    std::fs::write(path("comp"), glsl).unwrap();
    if job.reads_hlsl {
        std::fs::write(path("hlsl"), hlsl).unwrap();
    }
    Ok(())
}

/// What a validator finds wrong with these files, in its own words.
fn read(validator: &str, arguments: &[&str], files: &[PathBuf]) -> Result<(), String> {
    let output = Command::new(validator).args(arguments).args(files).output().map_err(|error| {
        format!("{validator} does not run: {error}. Install it (Debian: spirv-tools, glslang-tools)")
    })?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{validator}: {}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat())))
    }
}

#[test]
fn every_shader_translates_to_every_language() {
    let mut jobs: Vec<Job> = programs().iter().enumerate().map(job).collect();
    let probe = include_str!("../../shaders/shells/probe.wgsl").to_owned();
    jobs.push(Job { name: "probe".to_owned(), source: probe, reads_hlsl: true });
    #[cfg(feature = "verify")]
    jobs.extend(sweeps());

    let chunks: Vec<&[Job]> = jobs.chunks(100).collect();
    let next = AtomicUsize::new(0);
    let work = || -> Vec<String> {
        let mine = std::iter::from_fn(|| chunks.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.flat_map(|chunk| faults(chunk)).collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), jobs.len(), faults.join("\n"));
}

fn job((index, program): (usize, &Program)) -> Job {
    let name = format!("{index}_{}", program.label().replace([' ', '.'], "_"));
    // Of every layout, storage and width one activation, and every activation in one of them.
    let first = Kind::ALL[0];
    let reads_hlsl = match program.function {
        Function::Activation(kind, _) if kind == first => true,
        Function::GateForward(gate) | Function::GateBackward(gate) if gate == GateKind::Product(first) => {
            true
        }
        _ => program.width == Width::Wide && program.storage == Storage::F32 && !program.accumulate,
    };
    Job { name, source: program.source(Division::GPU), reads_hlsl }
}

/// What `verify` runs every bit pattern through.
#[cfg(feature = "verify")]
fn sweeps() -> Vec<Job> {
    let cases = Kind::ALL
        .iter()
        .filter_map(|kind| kind.samples().first().copied())
        .flat_map(crate::verify::Case::all);
    let job = |(index, case): (usize, crate::verify::Case)| Job {
        name: format!("sweep_{index}_{}", case.activation.kind()),
        source: crate::verify::sweep_source(&case),
        reads_hlsl: false,
    };
    cases.enumerate().map(job).collect()
}

/// naga rounds such a literal to the largest f32; browsers refuse the shader.
#[test]
fn no_literal_is_beyond_f32() {
    let shells = shells(PARTIAL_SUMS).into_iter().map(Shell::source);
    let gates = [GateKind::Product(Kind::Relu), GateKind::ClampedSwiglu].map(|gate| gate.row().wgsl);
    for source in shells.chain(gates).map(str::to_owned).chain([library(Kind::ALL)]) {
        let code = source.lines().map(|line| line.split("//").next().unwrap_or_default());
        let words = code.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '.'));
        let beyond: Vec<&str> = words.filter(|word| beyond_f32(word)).collect();
        assert_eq!(beyond, [""; 0]);
    }
    assert!(beyond_f32("3.40282347e38") && !beyond_f32("3.4028234663852886e38") && !beyond_f32("infinite"));
}

fn beyond_f32(word: &str) -> bool {
    let number = word.starts_with(|c: char| c.is_ascii_digit()).then(|| word.parse::<f64>().ok()).flatten();
    number.is_some_and(|number| number > f64::from(f32::MAX))
}

#[test]
fn all_activations_fit_in_one_module() {
    Shader::parse(&library(Kind::ALL)).map(|_| ()).unwrap();
}

#[test]
fn what_does_not_translate_is_seen() {
    let fault = |body: &str| {
        let head = "@group(0) @binding(0) var<storage, read_write> out: array<u32>;\n";
        let main = "@compute @workgroup_size(1) fn main()";
        let source = format!("{head}{main} {{ {body} }}");
        faults(&[Job { name: "sabotage".to_owned(), source, reads_hlsl: true }]).join("\n")
    };
    assert_eq!(fault("out[0] = 1u;"), "");
    assert!(fault("out[0] = 1.0;").starts_with("sabotage: "));
    assert!(fault("out[0] = pack2x16float(vec2(0.0));").contains("requires capability"));
}

#[test]
fn what_a_validator_refuses_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let file = [folder.path().join("sabotage")];
    std::fs::write(&file[0], "void main() { undeclared = 1; }").unwrap();
    read(SPIRV_VAL, SPIRV, &file).unwrap_err();
    read(GLSLANG, GLSL, &file).unwrap_err();
    read(GLSLANG, HLSL, &file).unwrap_err();
    read("a-validator-that-is-missing", &[], &file).unwrap_err();
}
