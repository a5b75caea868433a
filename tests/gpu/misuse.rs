//! `docs/misuse.md`: every row is a mistake that is made here, and the error that it ends in.

use std::path::Path;

use wgpu_activations::plan::{Limits, Planner};
use wgpu_activations::{
    Activation, Axis, Channels, CrossEntropy, Direction, Error, Formula, Gate, Gpu, Kernels, Kind, Operand,
    Options, Order, Pair, Parameters, Span, Storage, Target, Targets, wgpu,
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
        ("a formula", "it does not parse: `x +`", formula("x +")),
        ("a formula", "it calls what nobody knows: `foo(x)`", formula("foo(x)")),
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
    let cross_entropy = kernels.cross_entropy(Targets::Labels, f32).unwrap();
    let loss = |labels, loss| {
        let of_rows = CrossEntropy::new(Axis::last(2));
        cross_entropy.bind(of_rows, [at(a, 0, 6), labels], loss).map(|_| ())
    };
    vec![
        ("x, y", "lengths differ", bind(at(a, 0, 4), at(b, 0, 5))),
        ("x, y", "the range ends beyond its buffer", bind(at(a, 60, 8), at(b, 0, 8))),
        ("x, y", "the range begins within an element", bind(Span::new(a, 2, 4), at(b, 0, 4))),
        ("x, y", "the buffer lacks `STORAGE`", bind(Span::new(&bare, 0, 4), at(b, 0, 4))),
        ("x, y", "an odd 16-bit length ends in half a word that the buffer does not have", odd),
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

fn other_gpu(gpu: &Gpu) -> Result<(), Error> {
    let other = Gpu::request_blocking(&Options::from_env())?.upload(&[1.0_f32])?;
    gpu.forward(Activation::RELU, &other).map(|_| ())
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

/// `WGPU_ACTIVATIONS_WRITE_DOCS` writes it, as for the other documents.
#[test]
fn the_table_of_misuse_is_what_happens() {
    const BEGIN: &str = "| argument | mistake | error |\n|---|---|---|\n";
    let _alone = alone();
    let gpu = Gpu::request_blocking(&Options::from_env()).unwrap();
    let rows = names().into_iter().chain(operands(&gpu)).map(|(argument, mistake, result)| {
        let error = result.expect_err(mistake);
        format!("| {argument} | {mistake} | `{}` |\n", variant(&error))
    });
    let table = BEGIN.to_owned() + &rows.collect::<String>();
    // These tests are also those of a package in a folder of this one.
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let path = folders.map(|folder| folder.join("docs/misuse.md")).find(|path| path.exists()).unwrap();
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
