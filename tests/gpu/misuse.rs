//! `docs/misuse.md`: every row is a mistake that is made here, and the error that it ends in.

use std::path::{Path, PathBuf};

use wgpu_activations::plan::{Limits, Planner};
use wgpu_activations::{
    Activation, Axis, Broadcast, Channels, CrossEntropy, Direction, Error, Formula, Gate, Gpu, Kernels, Kind,
    Operand, Options, Order, Pair, Parameters, Shaders, Softmax, SoftmaxKind, Span, Spec, Storage, Storages,
    Target, Targets, wgpu,
};

use crate::common::alone;

type Row = (&'static str, &'static str, Result<(), Error>);

/// `Error::Overlap`, `FormulaError::Unbound`.
fn variant(error: &Error) -> String {
    let text = match error {
        Error::Formula(error) => format!("FormulaError::{error:?}"),
        error => format!("Error::{error:?}"),
    };
    text.split([' ', '(', '{']).next().unwrap().to_owned()
}

fn names() -> Vec<Row> {
    let activation = |text: &str| text.parse::<Activation>().map(|_| ());
    let gate = |text: &str| text.parse::<Gate>().map(|_| ());
    let formula = |text: &str| text.parse::<Formula>().map(|_| ());
    vec![
        ("a name", "no activation is called that: `reluu`", activation("reluu")),
        ("a name", "it stands for several: `gelu`, `geglu`", activation("gelu")),
        ("a name", "it is a gate's: `swiglu` as an activation", activation("swiglu")),
        ("a name", "its function takes whole rows: `Softmax(dim=1)`", activation("Softmax(dim=1)")),
        ("a name", "it is empty", activation("")),
        ("a name", "no gate is called that: `swigl`", gate("swigl")),
        ("a parameter", "the activation has none of that name: `relu(slope=1)`", activation("relu(slope=1)")),
        ("a parameter", "one without a default is left out: `threshold`", activation("threshold")),
        ("a parameter", "it is no number: `elu(alpha=big)`", activation("elu(alpha=big)")),
        ("a parameter", "it is not finite, or out of range: `celu(alpha=0)`", activation("celu(alpha=0)")),
        (
            "a shader file",
            "there is none of that name: `activations/reluu`",
            shader_file("activations/reluu"),
        ),
        ("a formula", "it does not parse: `x +`", formula("x +")),
        ("a formula", "it calls what nobody knows: `foo(x)`", formula("foo(x)")),
        ("a formula", "it calls what is none of single elements: `softmax(x)`", formula("softmax(x)")),
        ("a formula", "a function has too few or too many arguments: `relu(x, 1)`", formula("relu(x, 1)")),
        (
            "a formula",
            "a function has no parameter of that name: `elu(x, slope=1)`",
            formula("elu(x, slope=1)"),
        ),
        ("a formula", "a parameter is computed from elements: `softplus(x, x)`", formula("softplus(x, x)")),
        ("a formula", "a number is beyond f32: `x * 1e39`", formula("x * 1e39")),
        ("a formula", "a power is neither whole nor half: `x^0.3`", formula("x^0.3")),
        ("a formula", "an operand has two sets of brackets: `x + x[c]`", formula("x + x[c]")),
        ("a formula", "an operand has a function's name: `max + x`", formula("max + x")),
        ("a formula", "a result has an operand's name: `relu(y)`", formula("relu(y)")),
        ("a formula", "two results have one name: `y = x; y = -x`", formula("y = x; y = -x")),
        ("a formula", "a sum comes before other results: `s[c] = x; y = x`", formula("s[c] = x; y = x")),
        ("a formula", "a sum is of no elements: `s[] = b[]`", formula("s[] = b[]")),
        ("a formula", "it is nested too deeply, or too long", formula(&"(".repeat(100_000))),
        ("a gradient", "it is by an operand that the formula lacks", gradient("tanh(x)", "z")),
        ("a gradient", "a function has none of that order", gradient("tanh_second(x, g)", "x")),
        ("a function of yours", "its name is taken: `relu`", Formula::function("relu", "x")),
        ("a function of yours", "its WGSL has no derivative", wgsl_without_derivative()),
    ]
}

fn shader_file(name: &str) -> Result<(), Error> {
    Shaders::default().replace(name, "")
}

fn gradient(text: &str, by: &str) -> Result<(), Error> {
    text.parse::<Formula>()?.backward(&[by]).map(|_| ())
}

fn wgsl_without_derivative() -> Result<(), Error> {
    let text = "fn act_test_misused(x: f32) -> f32 { return x; }";
    Formula::wgsl_function("test_misused", text, |_, _, _| ()).define()
}

fn directions(gpu: &Gpu) -> Vec<Row> {
    let kernels = gpu.kernels();
    let second = Spec::gated(Kind::Silu, Direction::Second, Storage::F32);
    let of_gates = kernels.warm_up(&[second]);
    let sum: Formula = "x + b[c]".parse().unwrap();
    let plan = |buffer: &wgpu::Buffer| {
        let spec = Spec::formula(&sum, Storage::F32)?;
        let x = Span::new(buffer, 0, 4);
        Planner::new(Limits::default(), Target::GPU).step(spec, Activation::RELU, &[x.into()], x).map(|_| ())
    };
    let x = gpu.upload(&[1.0_f32; 64]).unwrap();
    let storages = |name: &str, of_x| {
        kernels
            .formula(&sum, Storages::from(Storage::F16).with("x", of_x).with(name, Storage::Bf16))
            .map(|_| ())
    };
    vec![
        ("a direction", "gates have no second derivative by themselves", of_gates),
        ("a plan", "it is of a formula, whose operands have names", plan(x.buffer())),
        ("a storage", "it is of an operand that the formula lacks", storages("z", Storage::F16)),
        ("a storage", "elements of f16 and bf16 are in one formula", storages("y", Storage::F16)),
        ("a storage", "it is 16 bits for what elements share", storages("b", Storage::F16)),
    ]
}

fn shapes() -> Vec<Row> {
    let softmax = |kind| Softmax::of(kind, Axis::last(4)).with_sink(0.0).map(|_| ());
    vec![
        ("a dimension", "the shape has no such one", Axis::of(&[4, 16], 2).map(|_| ())),
        (
            "a bias of rows",
            "its shape does not go over the tensor's",
            Broadcast::of(&[4, 16], -1, &[3]).map(|_| ()),
        ),
        ("a sink", "the function has none: sparsemax", softmax(SoftmaxKind::Sparsemax)),
    ]
}

fn operands(gpu: &Gpu) -> Vec<Row> {
    let kernels = gpu.kernels();
    let buffers = [(); 5].map(|()| gpu.upload(&[1.0_f32; 64]).unwrap());
    let [a, b, c, d, e] = buffers.each_ref().map(|buffer| buffer.buffer());
    let at = |buffer, first: u64, elements| Span::new(buffer, first * 4, elements);
    let (relu, f32) = (Activation::RELU, Storage::F32);
    let forward = kernels.forward(Kind::Relu, f32).unwrap();
    let bind = |x, y| forward.bind(relu, [x], y).map(|_| ());
    let backward = (Kind::Relu, Direction::Backward, f32);
    let planner = Planner::new(Limits::default(), Target::GPU);
    let planned = planner.step(backward, relu, &[at(a, 0, 4).into()], at(b, 0, 4)).map(|_| ());
    let gate = kernels.gated_backward(Kind::Silu, f32).unwrap();
    let gated = |inputs, dy, outputs| gate.bind(Gate::SWIGLU, (inputs, dy), outputs).map(|_| ());
    let pair = Pair::separate(at(a, 0, 8), at(b, 0, 8));
    let prelu = kernels.forward(Kind::Prelu, f32).unwrap();
    let learned = |weights: &[Span<'_>], channels| {
        let parameters = Parameters::learned(Activation::prelu(0.25).unwrap(), weights, channels);
        prelu.bind(parameters, [at(a, 0, 12)], at(b, 0, 12)).map(|_| ())
    };
    let descriptor =
        |usage, size| wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
    let bare = gpu.device().create_buffer(&descriptor(wgpu::BufferUsages::COPY_DST, 256));
    let short = gpu.device().create_buffer(&descriptor(wgpu::BufferUsages::STORAGE, 6 + 64 - 4));
    let halves = kernels.forward(Kind::Relu, Storage::F16).unwrap();
    let odd = halves.bind(relu, [Span::new(&short, 0, 33)], Span::new(c, 0, 33)).map(|_| ());
    let drawn = Parameters::drawn(relu, 1);
    let variable = |count| forward.bind_variable(relu, [at(a, 0, count)], at(a, 0, count));
    let cross_entropy = kernels.cross_entropy(Targets::Labels, f32).unwrap();
    let loss = |labels, loss| {
        let of_rows = CrossEntropy::new(Axis::last(2));
        cross_entropy.bind(of_rows, [at(a, 0, 6), labels], loss).map(|_| ())
    };
    vec![
        ("x, y", "lengths differ", bind(at(a, 0, 4), at(b, 0, 5))),
        ("x, y", "the range ends beyond its buffer", bind(at(a, 60, 8), at(b, 0, 8))),
        ("x, y", "the range begins within an element", bind(Span::new(a, 2, 4), at(b, 0, 4))),
        (
            "x, y",
            "rows overlap: their pitch is less than a row",
            by_name(kernels, &[("x", Span::rows(a, 0, 4, 2, 4).into())]),
        ),
        ("x, y", "a bare buffer is another device's", other_device()),
        ("x, y", "the buffer lacks `STORAGE`", bind(Span::new(&bare, 0, 4), at(b, 0, 4))),
        ("x, y", "an odd 16-bit length ends in half a word that the buffer does not have", odd),
        (
            "a length",
            "a step whose length is a value takes one dispatch, and these ranges several",
            variable(9).map(|_| ()),
        ),
        (
            "a length",
            "it is more than was bound",
            variable(8).and_then(|mut step| step.set_length(gpu.queue(), 9)),
        ),
        ("y", "it overlaps x in part", bind(at(a, 0, 8), at(a, 4, 8))),
        ("y", "rows with room between them, in a function", bind(at(a, 0, 8), Span::rows(b, 0, 32, 4, 2))),
        ("operands of a plan", "they are not the kernel's", planned),
        (
            "the activation",
            "it is not what the kernel is of",
            forward.bind(Activation::TANH, [at(a, 0, 4)], at(b, 0, 4)).map(|_| ()),
        ),
        (
            "the activation",
            "it has no backward from the output",
            kernels.backward_from_output(Kind::Silu, f32).map(|_| ()),
        ),
        (
            "the activation",
            "it has no such learnable parameter",
            kernels.parameter_gradient(Kind::Relu, 0, f32).map(|_| ()),
        ),
        (
            "the activation",
            "it has no slopes to draw",
            forward.bind(drawn, [at(a, 0, 4)], at(b, 0, 4)).map(|_| ()),
        ),
        (
            "d_value, d_gate",
            "they are one range",
            gated(pair, at(c, 0, 8), Pair::separate(at(d, 0, 8), at(d, 0, 8))),
        ),
        (
            "d_value, d_gate",
            "they overlap in part",
            gated(pair, at(c, 0, 8), Pair::separate(at(d, 0, 8), at(d, 4, 8))),
        ),
        (
            "d_gate",
            "it overlaps dy in part",
            gated(pair, at(c, 0, 8), Pair::separate(at(d, 0, 8), at(c, 4, 8))),
        ),
        ("labels", "there are too few or too many for the rows", loss(at(b, 0, 4), at(c, 0, 3))),
        ("a loss", "it overlaps what other rows read", loss(at(b, 0, 3), at(a, 0, 3))),
        ("a loss", "it lies close to the logits or labels in one buffer", loss(at(b, 0, 3), at(b, 3, 3))),
        (
            "dx of a gate",
            "it lies over x in another arrangement",
            Pair::halves(at(a, 0, 8), 4, Order::GateFirst)
                .and_then(|x| gated(x, at(c, 0, 4), Pair::interleaved(at(a, 0, 8), Order::GateFirst))),
        ),
        (
            "x of a gate",
            "an odd dimension is to be split",
            Pair::halves(at(a, 0, 9), 3, Order::GateFirst).map(|_| ()),
        ),
        (
            "learned parameters",
            "too few or too many values for the channels",
            learned(&[at(c, 0, 4)], Channels::new(3, 1)),
        ),
        ("learned parameters", "too few or too many ranges", learned(&[], Channels::new(3, 1))),
        ("channels", "they do not divide the elements", learned(&[at(c, 0, 5)], Channels::new(5, 1))),
        ("the buffer", "it is another `Gpu`'s", other_gpu(gpu)),
        ("a tensor", "it is larger than a buffer may be", too_large()),
        ("the device", "it allows fewer storage buffers", too_few()),
        ("the device", "it is lost", lost()),
        ("operands of a formula", "a name is not bound", by_name(kernels, &[("x", at(a, 0, 4).into())])),
        (
            "operands of a formula",
            "a name is none of its own",
            by_name(kernels, &[("x", at(a, 0, 4).into()), ("z", at(e, 0, 4).into())]),
        ),
        (
            "operands of a formula",
            "one letter has two numbers of channels",
            two_channels(kernels, [at(a, 0, 3), at(b, 0, 6), at(c, 0, 12), at(d, 0, 12)]),
        ),
        (
            "operands of a formula",
            "a range for what has channels",
            by_name(
                kernels,
                &[("x", at(a, 0, 4).into()), ("b", at(c, 0, 4).into()), ("y", at(d, 0, 4).into())],
            ),
        ),
    ]
}

fn by_name(kernels: &Kernels, operands: &[(&str, Operand<'_>)]) -> Result<(), Error> {
    kernels.formula(&"x + b[c]".parse()?, Storage::F32)?.bind(operands).map(|_| ())
}

fn two_channels(kernels: &Kernels, [a, b, x, y]: [Span<'_>; 4]) -> Result<(), Error> {
    let [three, six] = [3, 6].map(|count| Channels::new(count, 1));
    let shared = [("a", Operand::channels(a, three)), ("b", Operand::channels(b, six))];
    let operands = [shared[0], shared[1], ("x", x.into()), ("y", y.into())];
    kernels.formula(&"a[c] * x + b[c]".parse()?, Storage::F32)?.bind(&operands).map(|_| ())
}

fn other_gpu(gpu: &Gpu) -> Result<(), Error> {
    let other = Gpu::request_blocking(&Options::from_env())?.upload(&[1.0_f32])?;
    gpu.forward(Activation::RELU, &other).map(|_| ())
}

/// Of the same instance: of another one, nothing can be seen (`Span`).
fn other_device() -> Result<(), Error> {
    let devices = pollster::block_on(async {
        let adapter = wgpu_activations::request_adapter(&Options::from_env()).await.unwrap();
        [adapter.request_device(&Default::default()).await, adapter.request_device(&Default::default()).await]
    });
    let [one, other] = devices.map(|device| device.unwrap().0);
    let (size, usage) = (16, wgpu::BufferUsages::STORAGE);
    let descriptor = wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
    let x = one.create_buffer(&descriptor);
    let relu = Kernels::new(&other).forward(Kind::Relu, Storage::F32)?;
    relu.bind(Activation::RELU, [Span::all(&x)], Span::all(&x)).map(|_| ())
}

fn small(change: impl FnOnce(&mut wgpu::Limits)) -> Gpu {
    pollster::block_on(async {
        let adapter = wgpu_activations::request_adapter(&Options::from_env()).await.unwrap();
        let mut required_limits = wgpu::Limits::downlevel_defaults();
        change(&mut required_limits);
        let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.unwrap();
        Gpu::from_parts(device, queue)
    })
}

fn too_large() -> Result<(), Error> {
    small(|limits| limits.max_buffer_size = 1 << 20).upload(&vec![0.0_f32; (1 << 18) + 1]).map(|_| ())
}

fn too_few() -> Result<(), Error> {
    let gpu = small(|limits| limits.max_storage_buffers_per_shader_stage = 2);
    let [x, dy] = [gpu.upload(&[1.0_f32; 64])?, gpu.upload(&[1.0_f32; 64])?];
    gpu.backward(Activation::RELU, &x, &dy).map(|_| ())
}

fn lost() -> Result<(), Error> {
    let gpu = small(|_| ());
    gpu.device().destroy();
    gpu.kernels().forward(Kind::Relu, Storage::F32).map(|_| ())
}

/// What is no mistake of an argument, and cannot be made to happen on every machine; and what `verify` says, which tests it itself.
const OTHERS: [&str; 6] = [
    "Error::NoAdapter",
    "Error::NoThread",
    "Error::OutOfMemory",
    "Error::RequestDevice",
    "Error::Timeout",
    "Error::TooManyInputs",
];

/// The variants of an enum, by its text.
fn variants<'t>(name: &'t str, source: &'t str) -> impl Iterator<Item = String> + 't {
    let lines = source.lines().filter_map(|line| line.strip_prefix("    "));
    let heads = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    heads.map(move |line| format!("{name}::{}", line.split([' ', '(', ',']).next().unwrap()))
}

#[test]
fn every_error_is_in_the_table_of_misuse() {
    let document = std::fs::read_to_string(document()).unwrap();
    let errors = variants("Error", include_str!("../../src/error/mod.rs"));
    let all = errors.chain(variants("FormulaError", include_str!("../../src/error/formula.rs")));
    // It holds a FormulaError.
    let all: Vec<String> = all.filter(|error| error != "Error::Formula").collect();
    assert!(all.len() > 60, "{all:?}");
    let is_in = |error: &String| document.contains(&format!("`{error}`")) != OTHERS.contains(&error.as_str());
    let missing: Vec<_> = all.iter().filter(|error| !is_in(error)).collect();
    assert!(missing.is_empty(), "docs/misuse.md has no mistake that ends in {missing:?}");
}

/// These tests are also those of a package in a folder of this one.
fn document() -> PathBuf {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.map(|folder| folder.join("docs/misuse.md")).find(|path| path.exists()).unwrap()
}

/// `WGPU_ACTIVATIONS_WRITE_DOCS` writes it, as for the other documents.
#[test]
fn the_table_of_misuse_is_what_happens() {
    const BEGIN: &str = "| argument | mistake | error |\n|---|---|---|\n";
    let _alone = alone();
    let gpu = Gpu::request_blocking(&Options::from_env()).unwrap();
    let rows = names().into_iter().chain(directions(&gpu)).chain(shapes()).chain(operands(&gpu));
    let rows = rows.map(|(argument, mistake, result)| {
        let error = result.expect_err(mistake);
        format!("| {argument} | {mistake} | `{}` |\n", variant(&error))
    });
    let table = BEGIN.to_owned() + &rows.collect::<String>();
    let path = document();
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, old) = document.split_once(BEGIN).expect("the table's head");
    let after = old.split_once("\n\n").map_or("", |(_, after)| after);
    let expected = format!("{before}{table}\n{after}");
    if std::env::var_os("WGPU_ACTIVATIONS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(document == expected, "docs/misuse.md says something else; it would be\n{table}");
}
