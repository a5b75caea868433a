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
use crate::plan::{self, Access, Limits, Operand};

// ---- Which shaders there are ----

/// Every program that binding can ask for, but one thing: all layouts only of the first activation that has the direction. A layout
/// changes nothing but the array that an operand is in, and with every activation in every layout this would take minutes.
fn programs() -> Vec<Program> {
    let mut met = HashSet::new();
    let mut programs = Vec::new();
    for &kind in Kind::ALL {
        for direction in directions(kind) {
            let all_layouts = met.insert(direction);
            for &storage in Storage::ALL {
                programs.extend(programs_of(kind, direction, shell(direction), storage, all_layouts));
            }
        }
    }
    // A sum's partial sums are summed as f32, whatever the terms' storage.
    programs.extend(programs_of(Kind::Identity, Direction::Forward, Shell::Sum, Storage::F32, true));
    programs
}

fn programs_of(
    kind: Kind,
    direction: Direction,
    shell: Shell,
    storage: Storage,
    all_layouts: bool,
) -> Vec<Program> {
    let inputs = direction.inputs().len();
    let layouts = if all_layouts { layouts(inputs, shell) } else { HashSet::from([separate(inputs)]) };
    let mut programs = Vec::new();
    for layout in layouts {
        for &width in storage.widths() {
            for accumulate in [false, true] {
                programs.push(Program { kind, direction, shell, storage, width, layout, accumulate });
            }
        }
    }
    programs
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

/// What reads the operands of a direction. A new one is missing here until it is in `directions`, too.
fn shell(direction: Direction) -> Shell {
    match direction {
        Direction::Forward
        | Direction::Backward
        | Direction::BackwardFromOutput
        | Direction::BackwardParameter(_) => Shell::Elementwise,
        Direction::ParameterGradient(_) => Shell::Sum,
    }
}

/// Every layout that a shell with so many inputs is planned in: operands in one buffer or several, close together (in place is the
/// closest) or far apart.
fn layouts(inputs: usize, shell: Shell) -> HashSet<Layout> {
    match shell {
        Shell::Elementwise => placements(inputs + 1)
            .into_iter()
            .map(|mut operands| {
                operands[inputs].written = true;
                layout(&operands)
            })
            .collect(),
        Shell::Sum => placements(inputs)
            .into_iter()
            .map(|operands| {
                let mut layout = layout(&operands);
                layout.push_operand(inputs, Access::ReadWrite);
                layout
            })
            .collect(),
    }
}

/// Every operand in a buffer of its own.
fn separate(inputs: usize) -> Layout {
    let mut written = vec![false; inputs];
    written.push(true);
    Layout::separate(&written)
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
                let operand = Operand { buffer, byte_offset, written: false };
                placed.iter().copied().chain([operand]).collect()
            })
        };
        all = all.into_iter().flat_map(extended).collect();
    }
    all
}

fn layout(operands: &[Operand]) -> Layout {
    let limits = Limits::from(&wgpu::Limits::default());
    plan::segments(operands, 64, Storage::F32, &limits).unwrap()[0].layout
}

#[test]
fn shared_buffers_multiply_the_layouts() {
    // In buffers of their own, far apart in one buffer, close together in one.
    assert_eq!(layouts(1, Shell::Elementwise).len(), 3);
    assert_eq!(layouts(2, Shell::Elementwise).len(), 11);
    // The output of a sum is never in a binding of its inputs.
    assert_eq!(layouts(2, Shell::Sum).len(), 2);
    for inputs in [1, 2] {
        assert!(layouts(inputs, Shell::Elementwise).contains(&separate(inputs)));
        assert!(layouts(inputs, Shell::Sum).contains(&separate(inputs)));
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
    let reads_hlsl = program.kind == Kind::ALL[0]
        || program.width == Width::Wide && program.storage == Storage::F32 && !program.accumulate;
    Job { name, source: program.source(), reads_hlsl }
}

/// naga rounds such a literal to the largest f32; browsers refuse the shader.
#[test]
fn no_literal_is_beyond_f32() {
    let shells = [Shell::Elementwise, Shell::Sum].map(Shell::source);
    for source in shells.into_iter().map(str::to_owned).chain([library(Kind::ALL)]) {
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
