//! Every shader that binding can ask for goes through naga to SPIR-V, MSL, HLSL and GLSL ES 3.1, with the options that wgpu
//! uses, and from there to what validators there are: no GPU, so the platforms at hand do not matter.
//!
//! spirv-val reads the SPIR-V, glslang the GLSL, and Microsoft's own compiler (DXC) the HLSL, all of it to DXIL, where `./x` could get it;
//! else glslang, which knows most of the language, reads a part. Nothing outside Apple's tools reads MSL: there, naga's word has to do.

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
use crate::error::Error;
use crate::formula::{Formula, MAX_OPERANDS};
use crate::operand::{Channels, Grain, Origin, Pitch, Views};
use crate::operation::{
    Additions, Direction, GateKind, Operation, Order, Port, RowKind, Sinks, SoftmaxKind, Targets, What,
};
use crate::plan::{self, Extent, Limits, Region};
use crate::storage::{Storage, Storages, Width};
use crate::table::Kind;
use crate::table::row::{Row, unremarkable};

// ---- Which shaders there are ----

/// Every function that binding can ask for. What is glue (shells, layouts, accumulation, gates' packings, matrices of sums, storages and
/// widths) meets in pairs, for the first activation or gate that has the function: a fault of composition needs two things that meet, and all
/// combinations, of which there are several times as many, take minutes of CI. Others come in three that have each storage and
/// each width, and activations as gates or with parameters of elsewhere in one of the three, which takes turns.
fn programs() -> Vec<Program> {
    let mut met = HashSet::new();
    let (mut glue, mut programs) = (Vec::new(), Vec::new());
    for (turn, (operation, origin)) in operations().into_iter().enumerate() {
        let all_forms = met.insert(form(operation, origin));
        let shells = shells(operation, origin);
        let shells = shells[..if all_forms { shells.len() } else { 1 }].iter();
        let layouts = shells.flat_map(|shell| {
            let layouts = layouts(operation, origin, *shell, all_forms);
            layouts.into_iter().map(|layout| (*shell, layout))
        });
        let all = layouts.flat_map(|(shell, layout)| {
            let accumulate = if all_forms { &[false, true][..] } else { &[false] };
            accumulate
                .iter()
                .flat_map(move |accumulate| of_all_storages(operation, origin, shell, layout, *accumulate))
        });
        if all_forms {
            glue.extend(all);
        } else if !gate_of(operation).is_some_and(is_product) && origin == Origin::Values {
            programs.extend(all.filter(is_one_of_three));
        } else {
            programs.extend(all.filter(is_one_of_three).nth(turn % 3));
        }
    }
    programs.extend(in_pairs(glue.into_iter()));
    programs.extend(formulas());
    programs.extend(in_pairs(of_rows()));
    programs
}

/// Something that a program has, whatever else it has.
#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum Feature {
    Operation(Operation),
    Origin(Origin<Views<Grain>>),
    Floats(u16),
    Shell(Shell),
    Layout(Layout),
    Accumulate(bool),
    Storage(Storage),
    Width(Width),
}

/// Those in which two features meet that did not before.
fn in_pairs(programs: impl Iterator<Item = Program>) -> impl Iterator<Item = Program> {
    let mut met = HashSet::new();
    programs.filter(move |program| {
        let Spec { operation, storage, origin, accumulate, floats } = program.spec;
        let features = [
            Feature::Operation(operation),
            Feature::Origin(origin),
            Feature::Floats(floats),
            Feature::Shell(program.shell),
            Feature::Layout(program.layout),
            Feature::Accumulate(accumulate),
            Feature::Storage(storage),
            Feature::Width(program.width),
        ];
        let pairs = (1..features.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        // Every pair is entered, not only the first new one.
        pairs.filter(|&(first, second)| met.insert((features[first], features[second]))).count() > 0
    })
}

#[test]
fn any_two_features_meet() {
    let layouts = activation_layouts(2, Shell::ELEMENTWISE).into_iter();
    let backward = Operation::new(Kind::Identity, Direction::Backward);
    let of = |layout| {
        [false, true].into_iter().flat_map(move |accumulate| {
            of_all_storages(backward, Origin::Values, Shell::ELEMENTWISE, layout, accumulate)
        })
    };
    let all: Vec<Program> = layouts.flat_map(of).collect();
    let kept: Vec<Program> = in_pairs(all.iter().copied()).collect();
    assert!(2 * kept.len() < all.len(), "{} of {}", kept.len(), all.len());
    for wanted in &all {
        let meets = |same: &dyn Fn(&Program) -> bool| assert!(kept.iter().any(same));
        let (storage, width) = (wanted.spec.storage, wanted.width);
        meets(&|program| program.spec.storage == storage && program.width == width);
        meets(&|program| program.layout == wanted.layout && program.spec.storage == storage);
        meets(&|program| program.layout == wanted.layout && program.width == width);
        meets(&|program| {
            program.layout == wanted.layout && program.spec.accumulate == wanted.spec.accumulate
        });
    }
}

/// Every function of rows in every direction: each storage and width, along the last axis and another, accumulating.
fn of_rows() -> impl Iterator<Item = Program> {
    let by_sinks = Direction::BackwardParameter(0);
    let directions = [Direction::Forward, Direction::Backward, Direction::BackwardFromOutput, by_sinks];
    let bare = RowKind::all().map(|kind| What::Rows(kind, Additions::NONE));
    let softmaxes = SoftmaxKind::ALL.iter().map(|kind| RowKind::Softmax(*kind));
    // With one sink for all, or with all that lies in memory, by turns.
    let additions = [Additions { causal: true, sinks: Sinks::One, ..Additions::NONE }, Additions::ALL];
    let more = softmaxes.zip(additions.into_iter().cycle());
    // Sparsemax has no sink.
    let more = more.map(|(kind, additions)| match kind {
        RowKind::Softmax(SoftmaxKind::Sparsemax) => {
            What::Rows(kind, Additions { sinks: Sinks::None, ..Additions::ALL })
        }
        _ => What::Rows(kind, additions),
    });
    let operations =
        bare.chain(more).flat_map(move |what| directions.map(|direction| Operation { what, direction }));
    // Of a result that is given, nothing more needs to be known.
    let is_bare = |what| matches!(what, What::Rows(_, Additions::NONE));
    let operations =
        operations.filter(move |it| it.direction != Direction::BackwardFromOutput || is_bare(it.what));
    let has_sinks = |what| matches!(what, What::Rows(_, Additions { sinks, .. }) if sinks != Sinks::None);
    let operations = operations.filter(move |it| it.direction != by_sinks || has_sinks(it.what));
    operations.filter(|operation| operation.check().is_ok()).flat_map(|operation| {
        let across = [1, 2].map(|shares| (RowWord::Across { shares }, 0));
        let words = [(RowWord::Within, 0), (RowWord::Within, 5)].into_iter().chain(across);
        let forms = words.flat_map(|word| [(word, false), (word, true)]);
        forms.flat_map(move |((word, held), accumulate)| {
            let shell = Shell::Rows { word, workgroup: Shell::WORKGROUP, held };
            // Where operands lie is read by the same text, whatever is computed: every layout is asked of softmax and of a loss.
            let layouts = if has_every_layout(operation) { usize::MAX } else { 1 };
            let of = move |(number, layout)| {
                let all = of_all_storages(operation, Origin::Values, shell, layout, accumulate);
                // Odd rows are a layout of their own: of one suffices.
                all.filter(move |program| program.width != Width::Single || (number == 0 && !accumulate))
            };
            let all = row_layouts(operation, shell).into_iter().take(layouts).enumerate().flat_map(of);
            all.map(|program| if program.width == Width::Single { in_odd_rows(program) } else { program })
        })
    })
}

fn has_every_layout(operation: Operation) -> bool {
    let What::Rows(kind, _) = operation.what else { return false };
    matches!(kind, RowKind::Softmax(SoftmaxKind::Softmax) | RowKind::CrossEntropy(Targets::Labels))
}

/// Elements are taken one by one where rows begin within words.
fn in_odd_rows(mut program: Program) -> Program {
    let (inputs, outputs) = program.spec.operation.ports();
    let of_elements = inputs.iter().chain(&outputs).filter(|port| port.of_row().is_none());
    for operand in 0..of_elements.count() {
        let slot = program.layout.slot(operand);
        program.layout.set(operand, slot, Pitch::OddRows);
    }
    program
}

/// As an activation's; what there is one of for each row lies apart.
fn row_layouts(operation: Operation, shell: Shell) -> Vec<Layout> {
    let (inputs, outputs) = operation.ports();
    let of_rows = |ports: &[Port]| ports.iter().filter(|port| port.of_row().is_some()).count();
    let (beside, reduces) = (of_rows(&inputs), of_rows(&outputs) > 0);
    let elements = inputs.len() - beside;
    let mut layouts = if reduces {
        placements(elements).iter().map(|operands| layout(operands)).collect()
    } else {
        activation_layouts(elements, shell)
    };
    let accesses = std::iter::repeat_n(Access::Read, beside).chain(reduces.then_some(Access::ReadWrite));
    let first = elements + usize::from(!reduces);
    for layout in &mut layouts {
        (first..).zip(accesses.clone()).for_each(|(operand, access)| layout.push_operand(operand, access));
    }
    layouts
}

/// Of formulas and their gradients in f32, and of a few of them in every form: channels of every grain, accumulating, in 16 bits with
/// results in f32 beside those, in every width.
fn formulas() -> Vec<Program> {
    const IN_EVERY_FORM: [&str; 5] = [
        "relu(x + bias[c]) * gate",
        "dropout(x, p) + dropout(x, p) * z with p = 0.25",
        "x = x * s[c]",
        "x * s[c] + mean[r]",
        "dx = relu_backward(x + bias[c], dy); dbias[c] = relu_backward(x + bias[c], dy)",
    ];
    let with_gradients = |text: &str| {
        let formula: Formula = text.parse().unwrap();
        let gradients = formula.gradients();
        [vec![formula], gradients.unwrap_or_default()].concat()
    };
    let plain = crate::formula::tests::formulas().flat_map(with_gradients);
    let plain = plain
        .map(|formula| Spec::formula(&formula, Storage::F32).unwrap().program(Width::Wide, Division::GPU));
    let mixed = |formula: &Formula| {
        let narrow = Storages::from(Storage::F16);
        let first = formula.elementwise_results().next().map(str::to_owned);
        let mixed = first.map_or_else(|| narrow.clone(), |first| narrow.clone().with(&first, Storage::F32));
        [Storage::F32.into(), narrow, mixed]
            .map(|storages: Storages| Spec::formula(formula, storages).unwrap())
    };
    let channels = [Channels::ONE, Channels::new(3, 8), Channels::new(64, 1), Channels::new(3, 1)];
    let specs = IN_EVERY_FORM.into_iter().flat_map(with_gradients).flat_map(|formula| mixed(&formula));
    // Rows of 64, whose columns those of 64 channels are.
    let specs = specs.map(|spec| spec.channels('r', Channels::new(5, 64)));
    let specs = specs.flat_map(|spec| channels.map(|channels| spec.channels('c', channels)));
    let all =
        specs.flat_map(|spec| [spec, spec.accumulating()]).flat_map(|spec| spec.programs(Division::CPU));
    let mut met = HashSet::new();
    plain.chain(in_pairs(all)).filter(|program| met.insert(*program)).collect()
}

fn is_one_of_three(program: &Program) -> bool {
    let forms = [(Storage::F32, Width::Wide), (Storage::F16, Width::Narrow), (Storage::Bf16, Width::Single)];
    forms.contains(&(program.spec.storage, program.width))
}

fn of_all_storages(
    operation: Operation,
    origin: Origin<Views<Grain>>,
    shell: Shell,
    layout: Layout,
    accumulate: bool,
) -> impl Iterator<Item = Program> {
    let widths = |storage: &'static Storage| storage.widths().iter().map(|width| (*storage, *width));
    // A sum's partial sums are summed as f32, whatever the terms' storage.
    let partials = operation == partial_sums() && matches!(shell, Shell::Sum(_));
    let storages = if partials { &Storage::ALL[..1] } else { Storage::ALL };
    // What begins within words is of 16 bits, and taken element by element.
    let odd = (0..MAX_OPERANDS).any(|operand| layout.pitch(operand).is_odd());
    let has = move |(storage, width): &(Storage, Width)| {
        !odd || (*storage != Storage::F32 && *width != Width::Wide)
    };
    storages.iter().flat_map(widths).filter(has).map(move |(storage, width)| {
        let spec = Spec { operation, storage, origin, accumulate, floats: 0 };
        Program { spec, shell, width, layout }
    })
}

/// What adds the partial sums of a gradient.
fn partial_sums() -> Operation {
    Operation::new(Kind::Identity, Direction::Forward)
}

/// What reads and writes an operation's operands, whatever is computed of them: whether it is a gate, its direction, whichever parameter that
/// is by, and where parameters come from; of a gate, wherever they come from if not from the uniform.
fn form(
    operation: Operation,
    origin: Origin<Views<Grain>>,
) -> (bool, Direction, Option<Origin<Views<Grain>>>) {
    let direction = match operation.direction {
        Direction::BackwardParameter(_) => Direction::BackwardParameter(0),
        Direction::ParameterGradient(_) => Direction::ParameterGradient(0),
        direction => direction,
    };
    let is_gate = gate_of(operation).is_some();
    (is_gate, direction, Some(origin).filter(|origin| !is_gate || *origin == Origin::Values))
}

const FIRST: GateKind = GateKind::Product(Kind::Identity);
const OWN: [GateKind; 3] = [GateKind::ClampedSwiglu, GateKind::SwigluStep, GateKind::SituGlu];

fn is_product(gate: GateKind) -> bool {
    matches!(gate, GateKind::Product(_))
}

fn gate_of(operation: Operation) -> Option<GateKind> {
    gates().find(|gate| Operation::new(*gate, operation.direction) == operation)
}

fn gates() -> impl Iterator<Item = GateKind> {
    Kind::ALL.iter().map(|kind| GateKind::Product(*kind)).chain(OWN)
}

fn operations() -> Vec<(Operation, Origin<Views<Grain>>)> {
    let activations = Kind::ALL.iter().map(|kind| Operation::new(*kind, Direction::Forward).what);
    let whats = activations.chain(gates().map(|gate| Operation::new(gate, Direction::Forward).what));
    let all =
        whats.flat_map(|what| directions().into_iter().map(move |direction| Operation { what, direction }));
    all.filter(|operation| operation.check().is_ok())
        .flat_map(|operation| origins(operation).into_iter().map(move |origin| (operation, origin)))
        .collect()
}

/// Every direction that something has.
fn directions() -> Vec<Direction> {
    let mut directions = vec![Direction::Forward, Direction::Backward, Direction::BackwardFromOutput];
    let learnable = Kind::ALL.iter().map(|kind| kind.learnable().len()).max().unwrap();
    for index in 0..learnable {
        directions.extend([Direction::BackwardParameter(index), Direction::ParameterGradient(index)]);
    }
    directions
}

/// Where parameters may come from.
fn origins(operation: Operation) -> Vec<Origin<Views<Grain>>> {
    let arguments = operation.what.arguments();
    let mut origins = vec![Origin::Values];
    if arguments.learnable().len() > 0 {
        origins.extend(
            [Grain::All, Grain::Word, Grain::Neighbours, Grain::Element].map(Views::one).map(Origin::Learned),
        );
    }
    if arguments.draws() && matches!(operation.direction, Direction::Forward | Direction::Backward) {
        origins.push(Origin::Drawn(()));
    }
    origins
}

/// What reads the operands of an operation.
fn shells(operation: Operation, origin: Origin<Views<Grain>>) -> Vec<Shell> {
    let matrices = [(false, true), (true, true), (true, false), (false, false)];
    let sums = matrices.map(|(runs, total)| Shell::Sum(Matrix { runs, total }));
    match operation.direction {
        Direction::ParameterGradient(_) => sums.to_vec(),
        _ if operation == partial_sums() => [Shell::ELEMENTWISE].into_iter().chain(sums).collect(),
        _ if origin == Origin::Learned(Views::one(Grain::Neighbours)) => {
            [false, true].map(|columns| Shell::Elementwise { columns }).to_vec()
        }
        _ => vec![Shell::ELEMENTWISE],
    }
}

/// The layouts that an operation is planned in: of an activation, operands in one buffer or several, close together (in place is the
/// closest) or far apart; of a gate, in one buffer or several, with pairs in every packing. The first one has every operand in a
/// binding of its own.
fn layouts(operation: Operation, origin: Origin<Views<Grain>>, shell: Shell, all: bool) -> Vec<Layout> {
    let (inputs, _) = operation.ports();
    let gated = matches!(inputs[0], Port::Pair { .. });
    let mut found =
        if gated { gate_layouts(operation, shell) } else { activation_layouts(inputs.len(), shell) };
    found.truncate(if all { found.len() } else { 1 });
    if let Origin::Learned(_) = origin {
        for layout in &mut found {
            let operands = layout_operands(operation, layout);
            for index in 0..operation.what.arguments().learnable().len() {
                layout.push_operand(operands + index, Access::Read);
            }
        }
    }
    found
}

/// How many operands an operation is planned as.
fn layout_operands(operation: Operation, layout: &Layout) -> usize {
    let (inputs, outputs) = operation.ports();
    inputs.iter().chain(&outputs).fold(0, |next, port| {
        let together = matches!(layout.pitch(next), Pitch::Pairs(_) | Pitch::OddPairs(_));
        next + if together { 1 } else { port.variables().len() }
    })
}

fn activation_layouts(inputs: usize, shell: Shell) -> Vec<Layout> {
    let mut written = vec![false; inputs];
    written.push(true);
    let mut layouts = vec![Layout::separate(&written)];
    let planned: Vec<Layout> = match shell {
        Shell::Elementwise { .. } | Shell::Rows { .. } => placements(inputs + 1)
            .into_iter()
            .map(|mut operands| {
                operands[inputs].written = true;
                layout(&operands)
            })
            .chain(matches!(shell, Shell::Elementwise { .. }).then(|| written_within_words(inputs)))
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

/// A result that begins within words, in one binding with inputs that do not.
fn written_within_words(inputs: usize) -> Layout {
    let of = |pitch, written| Region { buffer: 0, byte_offset: 0, written, pitch, gap: 0 };
    let mut operands = vec![of(Pitch::Contiguous, false); inputs];
    operands.push(of(Pitch::OddRows, true));
    layout(&operands)
}

/// Value and gate, beside the forward also dy, and the results; gradients are packed as the inputs are.
fn gate_layouts(operation: Operation, shell: Shell) -> Vec<Layout> {
    let pairs =
        [Pitch::Pairs(Order::ValueFirst), Pitch::Pairs(Order::GateFirst), Pitch::OddPairs(Order::ValueFirst)];
    let pairs = pairs.map(|pitch| vec![pitch]);
    let apart = [Pitch::Contiguous, Pitch::Rows, Pitch::OddRows].map(|pitch| vec![pitch; 2]);
    let packings = apart.into_iter().chain(pairs);
    let one = || vec![Pitch::Contiguous];
    let mut layouts = Vec::new();
    for pair in packings {
        let of = |ports: &[Port]| -> Vec<Pitch> {
            ports
                .iter()
                .flat_map(|port| if port.variables().len() == 2 { pair.clone() } else { one() })
                .collect()
        };
        let (inputs, outputs) = operation.ports();
        let (read, written) = (of(&inputs), of(&outputs));
        let pitches =
            read.iter().map(|pitch| (*pitch, false)).chain(written.iter().map(|pitch| (*pitch, true)));
        let summed = matches!(shell, Shell::Sum(_));
        for shared in [false, true] {
            let operand = |(index, (pitch, written))| Region {
                buffer: if shared { 0 } else { index },
                byte_offset: if shared { 1024 * index as u64 } else { 0 },
                written,
                pitch,
                gap: 64,
            };
            let operands: Vec<Region> = pitches.clone().enumerate().map(operand).collect();
            // A sum's output is in a binding of its own.
            let mut planned = layout(if summed { &operands[..read.len()] } else { &operands });
            if summed {
                planned.push_operand(read.len(), Access::ReadWrite);
            }
            layouts.push(planned);
        }
    }
    layouts
}

/// Every way to put so many operands into buffers that makes a difference.
fn placements(operands: usize) -> Vec<Vec<Region>> {
    const FAR: u64 = 1 << 20;
    let mut all: Vec<Vec<Region>> = vec![Vec::new()];
    for _ in 0..operands {
        let extended = |placed: Vec<Region>| {
            let used = placed.iter().map(|operand| operand.buffer + 1).max().unwrap_or(0);
            let places =
                (0..=used).flat_map(move |buffer| (0..operands as u64).map(move |far| (buffer, far * FAR)));
            places.map(move |(buffer, byte_offset)| {
                let operand =
                    Region { buffer, byte_offset, written: false, pitch: Pitch::Contiguous, gap: 0 };
                placed.iter().copied().chain([operand]).collect()
            })
        };
        all = all.into_iter().flat_map(extended).collect();
    }
    all
}

fn layout(operands: &[Region]) -> Layout {
    let limits = Limits::from(&wgpu::Limits::default());
    let extent = Extent { row: 16, ..Extent::new(64, Storage::F32) };
    plan::segments(operands, extent, &limits).unwrap()[0].layout
}

#[test]
fn shared_buffers_multiply_the_layouts() {
    // In buffers of their own, far apart in one buffer, close together in one; and a result that begins within words.
    assert_eq!(activation_layouts(1, Shell::ELEMENTWISE).len(), 4);
    assert_eq!(activation_layouts(2, Shell::ELEMENTWISE).len(), 12);
    // The output of a sum is never in a binding of its inputs.
    assert_eq!(activation_layouts(2, Shell::Sum(Matrix { runs: false, total: true })).len(), 2);
    for (direction, operands) in [(Direction::Forward, 3), (Direction::Backward, 5)] {
        let layouts = gate_layouts(Operation::new(FIRST, direction), Shell::ELEMENTWISE);
        assert_eq!(layouts.iter().collect::<HashSet<_>>().len(), 12);
        assert_eq!(layouts[0].accesses().len(), operands);
    }
}

// ---- Translation, as wgpu does it ----

/// A module with the entry point `main`, parsed and validated for a device without optional features.
struct Shader {
    module: naga::Module,
    info: ModuleInfo,
}

/// With SHADER_F16: what it changes is how words are read and written, the same in all shaders.
#[test]
fn the_hardwares_conversion_translates() {
    for width in Storage::F16.widths() {
        let program = Spec::new(Kind::Relu, Direction::Forward, Storage::F16).program(*width, Division::GPU);
        let source = program.source(Target::GPU.with_shader_f16());
        assert!(source.starts_with("enable f16;\n"), "{source}");
        let shader = Shader::parse(&source).unwrap();
        shader.spirv().unwrap();
        shader.msl().unwrap();
        let hlsl = shader.hlsl_of(hlsl::ShaderModel::V6_2).unwrap();
        if let Some(dxc) = Dxc::load() {
            dxc.read(&hlsl, "cs_6_2", &["-enable-16bit-types"]).unwrap();
        }
    }
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
        // Of what WebGPU has beyond OpenGL ES 3.1, f16 is read by unpack2x16float, and read and written as a type with SHADER_F16.
        let capabilities = Capabilities::SHADER_FLOAT16_IN_FLOAT32 | Capabilities::SHADER_FLOAT16;
        let info = Validator::new(ValidationFlags::all(), capabilities)
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
            capabilities: Some([spv::Capability::Shader, spv::Capability::Float16].into_iter().collect()),
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
        self.hlsl_of(hlsl::ShaderModel::V5_1)
    }

    fn hlsl_of(&self, shader_model: hlsl::ShaderModel) -> Result<String, String> {
        let mut options = hlsl::Options {
            shader_model,
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

/// Microsoft's compiler of HLSL.
struct Dxc {
    compiler: hassle_rs::DxcCompiler,
    library: hassle_rs::DxcLibrary,
    /// What the two are made of: unloaded last.
    _loaded: hassle_rs::Dxc,
}

impl Dxc {
    /// From where `WGPU_ACTIVATIONS_DXC` says that its library is; `None` where that is not set.
    fn load() -> Option<Self> {
        let path = std::env::var_os("WGPU_ACTIVATIONS_DXC")?;
        let dxc = hassle_rs::Dxc::new(Some(path.into())).unwrap();
        let (compiler, library) = (dxc.create_compiler().unwrap(), dxc.create_library().unwrap());
        Some(Self { compiler, library, _loaded: dxc })
    }

    /// To DXIL, as wgpu has it compiled, but for the signature, whose maker is for Windows alone. A warning is a fault.
    fn read(&self, source: &str, profile: &str, arguments: &[&str]) -> Result<(), String> {
        let text = self.library.create_blob_with_encoding_from_str(source).unwrap();
        // naga puts parentheses around comparisons, of which the compiler warns.
        let own = ["-HV", "2018", "-Vd", "-WX", "-Wno-parentheses-equality"];
        let arguments = [&own, arguments].concat();
        let compiled = self.compiler.compile(&text, "kernel.hlsl", "main", profile, &arguments, None, &[]);
        let Err((result, code)) = compiled else { return Ok(()) };
        // The crate cannot read what is empty.
        let said = result.get_error_buffer().and_then(|said| self.library.get_blob_as_string(&said.into()));
        Err(format!("DXC: {said:?} ({code:#x})"))
    }
}

/// A shader to translate.
struct Job {
    /// Of the files that become of it.
    name: String,
    source: String,
    /// Whether glslang reads its HLSL where DXC is missing, at a tenth of a second each.
    reads_hlsl: bool,
}

/// Translates shaders and lets the validators read them; returns what is wrong.
fn faults(jobs: &[Job]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |job: &Job, extension| folder.path().join(&job.name).with_extension(extension);
    let dxc = Dxc::load();
    let mut faults = Vec::new();
    for job in jobs {
        let translated = translate(job, dxc.as_ref(), |extension| path(job, extension));
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

fn translate(job: &Job, dxc: Option<&Dxc>, path: impl Fn(&'static str) -> PathBuf) -> Result<(), String> {
    let shader = Shader::parse(&job.source)?;
    shader.msl().map_err(|error| format!("MSL: {error}"))?;
    let spirv = shader.spirv().map_err(|error| format!("SPIR-V: {error}"))?;
    let glsl = shader.glsl().map_err(|error| format!("GLSL: {error}"))?;
    let hlsl = shader.hlsl().map_err(|error| format!("HLSL: {error}"))?;
    std::fs::write(path("spv"), spirv).unwrap();
    std::fs::write(path("comp"), glsl).unwrap();
    match dxc {
        Some(dxc) => dxc.read(&hlsl, "cs_6_0", &[])?,
        None if job.reads_hlsl => std::fs::write(path("hlsl"), hlsl).unwrap(),
        None => {}
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
    let label = program.label();
    let letters = label.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
    let name = format!("{index}_{}", letters.take(80).collect::<String>());
    // Of every layout, storage and width one activation, and every activation in one of them.
    let Spec { operation, storage, accumulate, .. } = program.spec;
    let first = operation.what.name() == Kind::Identity.name();
    let shows = first || (program.width == Width::Wide && storage == Storage::F32 && !accumulate);
    // What rows hold is an array of structures, which glslang does not read as naga begins it.
    let reads_hlsl = shows && !matches!(program.shell, Shell::Rows { .. });
    Job { name, source: program.source(Target::GPU), reads_hlsl }
}

/// What `verify` runs every bit pattern through.
#[cfg(feature = "verify")]
fn sweeps() -> Vec<Job> {
    let cases = Kind::ALL
        .iter()
        .filter_map(|kind| kind.samples().first().copied())
        .flat_map(crate::verify::Case::all);
    let job = |(index, case): (usize, crate::verify::Case)| Job {
        name: format!("sweep_{index}_{}", case.name()),
        source: crate::verify::sweep_source(&case),
        reads_hlsl: false,
    };
    cases.enumerate().map(job).collect()
}

/// naga rounds such a literal to the largest f32; browsers refuse the shader.
#[test]
fn no_literal_is_beyond_f32() {
    let shells = shells(partial_sums(), Origin::Values).into_iter().map(Shell::source);
    let gates = [FIRST].into_iter().chain(OWN).map(|gate| gate.row().wgsl);
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

/// A function of somebody else's: what composition knows of it is its row.
#[test]
fn a_row_that_is_not_in_the_table_is_an_operation_too() {
    static CUBE: Row = unremarkable(
        "cube",
        |_, points, results| {
            for (&x, result) in points.iter().zip(results) {
                *result = crate::Exact { value: x * x * x, derivative: 3.0 * x * x };
            }
        },
        "fn act_cube(x: f32) -> f32 { return x * x * x; }\n\
         fn act_cube_backward(x: f32, dy: f32) -> f32 { return dy * (3.0 * x * x); }\n",
    );
    let what = What::of_row(&CUBE);
    for direction in [Direction::Forward, Direction::Backward] {
        let spec = Spec::of(Operation { what, direction }, Storage::F16);
        spec.check().unwrap();
        let program = spec.program(Width::Wide, Division::GPU);
        assert!(program.label().contains("cube"), "{}", program.label());
        Shader::parse(&program.source(Target::GPU)).map(|_| ()).unwrap();
    }
    let missing = Operation { what, direction: Direction::BackwardParameter(0) };
    assert_eq!(missing.check(), Err(Error::NotLearnable { activation: "cube", index: 0 }));
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
    // A capability that no device is asked for.
    assert!(fault("out[0] = u32(1.0lf);").starts_with("sabotage: "));
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
    if let Some(dxc) = Dxc::load() {
        let main = |body: &str| format!("[numthreads(1, 1, 1)] void main() {{ {body} }}");
        dxc.read(&main(""), "cs_6_0", &[]).unwrap();
        dxc.read(&main("undeclared = 1;"), "cs_6_0", &[]).unwrap_err();
        // A warning.
        dxc.read(&main("float x = (1, 2);"), "cs_6_0", &[]).unwrap_err();
    }
}
