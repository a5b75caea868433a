//! `run` over tensors in files: results, shapes, orders, and everything that can be wrong with its input.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::path::Path;

use crate::common::{Folder, NO_BACKEND, command, fail, load, npy, succeed};

const X: [f32; 6] = [-2.0, -0.5, 0.0, 0.5, 3.0, f32::NEG_INFINITY];
const DY: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

/// A folder with x.npy and dy.npy, 2 x 3.
fn folder() -> (Folder, String, String) {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 3], &X);
    let dy = folder.tensor("dy.npy", &[2, 3], &DY);
    (folder, x, dy)
}

#[test]
fn forward_and_backward_at_once() {
    let (folder, x, dy) = folder();
    let (y, dx) = (folder.file("y.npy"), folder.file("dx.npy"));
    let run = succeed(&[
        "run",
        "leaky_relu",
        "--param",
        "negative_slope=0.25",
        "--input",
        &x,
        "--output",
        &y,
        "--grad",
        &dy,
        "--grad-output",
        &dx,
    ]);
    run.check_layout();
    assert!(run.stdout.contains("leaky_relu(negative_slope=0.25) on "), "{}", run.stdout);
    assert!(run.stdout.contains("2 x 3"), "{}", run.stdout);
    let y = load(y);
    assert!(!y.fortran);
    assert_eq!(y.shape, [2, 3]);
    assert_eq!(y.values, [-0.5, -0.125, 0.0, 0.5, 3.0, f32::NEG_INFINITY]);
    assert_eq!(load(dx).values, [0.25, 0.5, 0.75, 4.0, 5.0, 1.5]);
}

/// float16 in, float16 out: an odd number of them, the last one in half a word.
#[test]
fn half_precision_stays_half_precision() {
    let (folder, _, _) = folder();
    // -2, 0.5, 65504
    let bits = |bits: &[u16]| bits.iter().flat_map(|bits| bits.to_le_bytes()).collect::<Vec<u8>>();
    let file = |name, numbers: &[u16]| folder.write(name, &npy("<f2", false, &[3], &bits(numbers)));
    let (x, dy) = (file("half.npy", &[0xc000, 0x3800, 0x7bff]), file("half_dy.npy", &[0x4000; 3]));
    let (y, dx) = (folder.file("y.npy"), folder.file("dx.npy"));
    let name = "leaky_relu(negative_slope=0.25)";
    succeed(&["run", name, "--input", &x, "--output", &y, "--grad", &dy, "--grad-output", &dx]);
    for (path, results) in [(&y, [0xb800, 0x3800, 0x7bff]), (&dx, [0x3800, 0x4000, 0x4000])] {
        let written = std::fs::read(path).unwrap();
        assert!(written.ends_with(&bits(&results)), "{written:?}");
        assert!(String::from_utf8_lossy(&written).contains("'<f2'"));
    }
    let single = folder.tensor("single.npy", &[3], &[1.0; 3]);
    fail(&["run", "relu", "--input", &x, "--grad", &single], 1, &["the types differ", "x is f16, dy is f32"]);
}

#[test]
fn the_name_may_bear_the_parameters() {
    let (folder, x, _) = folder();
    let y = folder.file("y.npy");
    succeed(&["run", "leaky_relu(negative_slope=0.5)", "--input", &x, "--output", &y]);
    assert_eq!(load(&y).values[..2], [-1.0, -0.25]);
    succeed(&["run", "threshold(threshold=0.25)", "--param", "value=7", "--input", &x, "--output", &y]);
    assert_eq!(load(&y).values, [7.0, 7.0, 7.0, 0.5, 3.0, 7.0]);
}

/// A run that is interrupted while it writes leaves what was there.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_file() {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let folder = Folder::new();
    let y = folder.write("y.npy", b"what was there");
    // 1 GiB, all of it a hole.
    let x = folder.write("x.npy", &npy("<f4", false, &[1 << 28], &[]));
    let file = std::fs::File::options().write(true).open(&x).unwrap();
    file.set_len(file.metadata().unwrap().len() + (1 << 30)).unwrap();
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let mut child = command(&["run", "mish", "--input", &x, "--output", &y]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Until something is half written.
        let half = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.unwrap();
            entry.file_name().to_string_lossy().starts_with('.')
                && entry.metadata().is_ok_and(|metadata| metadata.len() > 1 << 20)
        };
        let begun = Instant::now();
        while !std::fs::read_dir(folder.path()).unwrap().any(half) {
            assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(2));
        }
        let kill = format!("kill -s {name} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["x.npy", "y.npy"]);
        assert_eq!(std::fs::read(&y).unwrap(), b"what was there");
    }
}

/// As PyTorch prints modules, which state the dimension.
#[test]
fn the_name_may_state_the_dimension() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2], &[1.0, 2.0, 1.0, 0.0]);
    let [stated, said] = ["stated.npy", "said.npy"].map(|name| folder.file(name));
    let cases: [(&str, &str, &[&str]); 6] = [
        ("GLU(dim=-1)", "glu", &["--dim=-1"]),
        ("GLU(dim=0)", "glu", &["--dim=0"]),
        ("Softmax(dim=0)", "softmax", &["--dim=0"]),
        ("LogSoftmax( dim = 1 )", "log_softmax", &["--dim=1"]),
        ("SwiGLU()", "swiglu", &[]),
        ("Tanh()", "tanh", &[]),
    ];
    for (module, name, more) in cases {
        succeed(&["run", module, "--input", &x, "--output", &stated]);
        succeed(&[&["run", name, "--input", &x, "--output", &said][..], more].concat());
        assert_eq!(load(&stated).values, load(&said).values, "{module}");
    }
    succeed(&["run", "Softmax(dim=0)", "--dim", "0", "--input", &x]);
    let failures: [(&str, &str, &[&str]); 4] = [
        ("Softmax(dim=0)", "1", &["states the dimension 0", "--dim says 1"]),
        ("GLU(dim=0)", "-1", &["states the dimension 0", "--dim says -1"]),
        ("Softmax(dim=None)", "1", &["None is no number"]),
        ("Softmax(axis=1)", "1", &["Softmax(dim=-1)"]),
    ];
    for (module, dim, fragments) in failures {
        fail(&["run", module, "--dim", dim, "--input", &x], 1, fragments);
    }
}

#[test]
fn a_wrong_name_is_near_one_of_any_kind() {
    let (folder, x, _) = folder();
    let out = folder.file("figures");
    for (wrong, right) in
        [("swigl", "swiglu"), ("reglue", "reglu"), ("softmaxx", "softmax"), ("rellu", "relu")]
    {
        fail(&["run", wrong, "--input", &x], 1, &[&format!("nearest name is {right:?}")]);
        for command in [&["verify"][..], &["bench"], &["wgsl"], &["list"], &["plot", "--out", &out]] {
            fail(&[command, &[wrong]].concat(), 1, &[&format!("nearest name is {right:?}")]);
        }
    }
    // What to type, and nothing of Rust.
    fail(&["wgsl", "Softmax2d"], 1, &["takes whole rows", "log_softmax, "]);
    fail(&["wgsl", "softmax"], 1, &["`run softmax`"]);
    fail(&["plot", "SwiGLU", "--out", &out], 1, &["swiglu takes a value and a gate", "silu"]);
}

#[test]
fn the_gradient_of_a_weight_is_summed() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[4], &[-2.0, -0.5, 0.0, 3.0]);
    let dy = folder.tensor("dy.npy", &[4], &[1.0, 2.0, 3.0, 4.0]);
    let (dw, dx) = (folder.file("dw.npy"), folder.file("dx.npy"));
    succeed(&[
        "run",
        "prelu",
        "--param",
        "weight=0.25",
        "--input",
        &x,
        "--grad",
        &dy,
        "--grad-output",
        &dx,
        "--weight-grad-output",
        &dw,
    ]);
    let dw = load(dw);
    assert_eq!(dw.shape, [1]);
    assert_eq!(dw.values, [-3.0]);
    assert_eq!(load(dx).values, [0.25, 0.5, 0.75, 4.0]);
}

/// Two channels of a (1, 2, 2): PyTorch's nn.PReLU(2).
#[test]
fn weights_go_by_channel() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[1, 2, 2], &[-2.0, 4.0, -8.0, -1.0]);
    let (w, ones) =
        (folder.tensor("w.npy", &[2], &[0.5, 0.25]), folder.tensor("dy.npy", &[1, 2, 2], &[1.0; 4]));
    let [y, dx, dw] = ["y.npy", "dx.npy", "dw.npy"].map(|name| folder.file(name));
    let forward = ["run", "prelu", "--weight", &w, "--input", &x, "--output", &y];
    let backward = ["--grad", &ones, "--grad-output", &dx, "--weight-grad-output", &dw];
    succeed(&[&forward[..], &backward].concat()).check_layout();
    assert_eq!(load(&y).values, [-1.0, 4.0, -2.0, -0.25]);
    assert_eq!(load(&dx).values, [0.5, 1.0, 0.25, 0.25]);
    let dw = load(&dw);
    assert_eq!((dw.shape.as_slice(), dw.values.as_slice()), (&[2][..], &[-2.0, -9.0][..]));
    succeed(&[&forward[..], &["--channel-dim", "2"]].concat());
    assert_eq!(load(&y).values, [-1.0, 4.0, -4.0, -0.25]);
    fail(&[&forward[..], &["--channel-dim", "0"]].concat(), 1, &["2 values", "dimension 0", "size 1"]);
    fail(&["run", "relu", "--weight", &w, "--input", &x], 1, &["relu has no parameter to learn"]);
    fail(&["run", "xielu", "--weight", &w, "--input", &x], 1, &["alpha_p, alpha_n"]);
}

/// f''(x), times dy, and times what arrives at dx.
#[test]
fn second_derivatives() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2], &[0.0, 1000.0, f32::NAN, -f32::INFINITY]);
    let dy = folder.tensor("dy.npy", &[2, 2], &[3.0, f32::INFINITY, 1.0, f32::NAN]);
    let d2 = folder.file("d2.npy");
    let second = ["run", "silu", "--input", &x, "--second-output", &d2];
    succeed(&second).check_layout();
    let [at_0, far, nan, limit] = load(&d2).values[..] else { panic!() };
    assert_eq!([at_0, far, limit], [0.5, 0.0, 0.0]);
    assert!(nan.is_nan());
    succeed(&[&second[..], &["--grad", &dy]].concat());
    assert_eq!(load(&d2).values[0], 1.5);
    assert_eq!(
        [load(&d2).values[1], load(&d2).values[3]],
        [0.0; 2],
        "a derivative of 0 stops infinity and NaN"
    );
    let ddx = folder.tensor("ddx.npy", &[2, 2], &[-4.0, f32::NAN, 1.0, 1.0]);
    for (grad, expected) in [(&[][..], -2.0), (&["--grad", &dy], -6.0)] {
        succeed(&[&second[..], grad, &["--grad-grad", &ddx]].concat()).check_layout();
        let d2 = load(&d2).values;
        assert_eq!([d2[0], d2[1], d2[3]], [expected, 0.0, 0.0]);
    }
    fail(&["run", "silu", "--input", &x, "--grad-grad", &ddx], 2, &["--second-output"]);
    fail(&["run", "swiglu", "--input", &x, "--second-output", &d2], 1, &["several second derivatives"]);
    fail(&["run", "softmax", "--input", &x, "--second-output", &d2], 1, &["whole rows"]);
}

#[test]
fn gates_in_every_layout() {
    let folder = Folder::new();
    // Values 1, 2, 3, 4 and gates 1, -1, 2, -2 in two rows: reglu shuts the negative ones.
    let value = folder.tensor("value.npy", &[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let gate = folder.tensor("gate.npy", &[2, 2], &[1.0, -1.0, 2.0, -2.0]);
    let halves = folder.tensor("halves.npy", &[2, 4], &[1.0, -1.0, 1.0, 2.0, 2.0, -2.0, 3.0, 4.0]);
    let turns = folder.tensor("turns.npy", &[2, 4], &[1.0, 1.0, 2.0, -1.0, 3.0, 2.0, 4.0, -2.0]);
    let dy = folder.tensor("dy.npy", &[2, 2], &[1.0, 1.0, 1.0, 10.0]);
    let [y, dx, d_gate] = ["y.npy", "dx.npy", "d_gate.npy"].map(|name| folder.file(name));
    let outputs = ["--output", &y, "--grad", &dy, "--grad-output", &dx];
    let run = |arguments: &[&str]| {
        succeed(&[&["run", "reglu"], arguments, &outputs].concat()).check_layout();
        let y = load(&y);
        assert_eq!((y.shape.as_slice(), y.values.as_slice()), (&[2, 2][..], &[1.0, 0.0, 6.0, 0.0][..]));
        load(&dx)
    };
    let d_value = run(&["--input", &value, "--gate", &gate, "--gate-grad-output", &d_gate]);
    assert_eq!(d_value.values, [1.0, 0.0, 2.0, 0.0]);
    assert_eq!(load(&d_gate).values, [1.0, 0.0, 3.0, 0.0]);
    // Gate first is reglu's usual order.
    let dx = run(&["--input", &halves]);
    assert_eq!(dx.shape, [2, 4]);
    assert_eq!(dx.values, [1.0, 0.0, 1.0, 0.0, 3.0, 0.0, 2.0, 0.0]);
    let dx = run(&["--input", &turns, "--layout", "interleaved", "--order", "value_first"]);
    assert_eq!(dx.values, [1.0, 1.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0]);

    // An activation becomes a gate by how its input lies.
    succeed(&["run", "relu", "--input", &value, "--gate", &gate, "--output", &y]);
    assert_eq!(load(&y).values, [1.0, 0.0, 6.0, 0.0]);
    fail(&["run", "relu", "--input", &value, "--layout", "separate"], 1, &["--gate and --layout separate"]);
    let odd = folder.tensor("odd.npy", &[2, 3], &[0.0; 6]);
    fail(&["run", "swiglu", "--input", &odd], 1, &["the last dimension of x (2 x 3) is odd"]);
    fail(&["run", "swiglu", "--input", &halves, "--grad", &halves], 1, &["y is 2 x 2, dy is 2 x 4"]);
    fail(&["run", "swiglu", "--input", &value, "--gate", &odd], 1, &["value is 2 x 2, gate is 2 x 3"]);
    fail(&["run", "swiglu", "--from-output", "--input", &halves, "--gate", &gate], 2, &["from-output"]);
}

#[test]
fn backward_from_the_output() {
    let folder = Folder::new();
    let y = folder.tensor("y.npy", &[3], &[0.5, 0.25, 1.0]);
    let dy = folder.tensor("dy.npy", &[3], &[4.0, 16.0, 2.0]);
    let dx = folder.file("dx.npy");
    let arguments = ["run", "sigmoid", "--from-output", "--input", &y, "--grad", &dy, "--grad-output", &dx];
    succeed(&arguments);
    assert_eq!(load(dx).values, [1.0, 3.0, 0.0]);
}

#[test]
fn every_shape_is_kept() {
    let folder = Folder::new();
    let (x, y) = (folder.file("x.npy"), folder.file("y.npy"));
    let shapes: [&[usize]; 6] = [&[], &[0], &[5], &[2, 0, 3], &[1, 3, 2, 1], &[7, 11, 13]];
    for shape in shapes {
        let values: Vec<f32> = (0..shape.iter().product()).map(|value| value as f32 - 500.0).collect();
        folder.tensor("x.npy", shape, &values);
        succeed(&["run", "relu", "--input", &x, "--output", &y]).check_layout();
        let loaded = load(&y);
        assert_eq!(loaded.shape, shape);
        assert_eq!(loaded.values, values.iter().map(|value| value.max(0.0)).collect::<Vec<_>>());
    }
}

#[test]
fn long_shapes_and_nan_fit_the_summary() {
    let folder = Folder::new();
    let values = vec![f32::NAN; 2 * 3 * 4 * 5 * 6];
    let x = folder.tensor("x.npy", &[1, 2, 1, 3, 1, 1, 4, 1, 5, 1, 6, 1], &values);
    let run = succeed(&["run", "relu", "--input", &x]);
    run.check_layout();
    assert!(run.stdout.contains("y holds 720 NaN"), "{}", run.stdout);
}

#[test]
fn the_order_of_axes_is_kept_and_dy_follows_x() {
    let folder = Folder::new();
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    // [[-1, 2, -3], [4, -5, 6]], column by column.
    let x = folder.write("x.npy", &npy("<f4", true, &[2, 3], &bytes(&[-1.0, 4.0, 2.0, -5.0, -3.0, 6.0])));
    let dy = folder.tensor("dy.npy", &[2, 3], &DY);
    let dx = folder.file("dx.npy");
    succeed(&["run", "relu", "--input", &x, "--grad", &dy, "--grad-output", &dx]);
    let dx = load(dx);
    assert!(dx.fortran);
    assert_eq!(dx.shape, [2, 3]);
    assert_eq!(dx.values, [0.0, 4.0, 2.0, 0.0, 0.0, 6.0]);
}

/// A piece has 2^22 elements: five more make a second one. dy, in the other order of axes, is put in x's first.
#[test]
fn a_tensor_of_several_pieces_is_computed_as_one() {
    let folder = Folder::new();
    let (rows, columns) = (1_398_103, 3);
    let x: Vec<f32> = (0..rows * columns).map(|index| (index % 201) as f32 - 100.0).collect();
    let column = |index: usize| (index / rows) as f32;
    let bytes: Vec<u8> = x.iter().flat_map(|value| value.to_le_bytes()).collect();
    let in_place = folder.write("x.npy", &npy("<f4", true, &[rows, columns], &bytes));
    let dy: Vec<f32> = (0..rows * columns).map(|index| (index % columns) as f32).collect();
    let dy = folder.tensor("dy.npy", &[rows, columns], &dy);
    let dx = folder.file("dx.npy");
    let run = succeed(&[
        "run",
        "leaky_relu(0.5)",
        "--input",
        &in_place,
        "--output",
        &in_place,
        "--grad",
        &dy,
        "--grad-output",
        &dx,
    ]);
    run.check_layout();
    // The mean of all elements, and the first of them.
    let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / x.len() as f64;
    let row = run.stdout.lines().find(|line| line.starts_with("x ")).unwrap();
    for part in ["1398103 x 3", "-100", "100", "0.5 %", &format!("{mean:.3e}"), "-100, -99, -98"] {
        assert!(row.contains(part), "no {part} in {row}");
    }
    let (y, dx) = (load(&in_place), load(dx));
    assert!(y.fortran && dx.fortran);
    assert_eq!((y.shape, dx.shape), (vec![rows, columns], vec![rows, columns]));
    let slope = |x: f32| if x > 0.0 { 1.0 } else { 0.5 };
    let wrong = |index: &usize| {
        let (x, slope) = (x[*index], slope(x[*index]));
        y.values[*index] != slope * x || dx.values[*index] != slope * column(*index)
    };
    assert_eq!((0..x.len()).find(wrong), None);
    assert_eq!(folder.contents().len(), 3, "something was left beside the files");
}

/// A piece of 2^22 elements has two rows, of four; dy has half as many elements.
#[test]
fn a_gate_of_several_pieces_is_computed_as_one() {
    let folder = Folder::new();
    let (rows, half) = (4, 700_001);
    let x: Vec<f32> = (0..2 * rows * half).map(|index| (index % 201) as f32 - 100.0).collect();
    let dy: Vec<f32> = (0..rows * half).map(|index| (index % 5) as f32).collect();
    let (x_file, dy_file) =
        (folder.tensor("x.npy", &[rows, 2 * half], &x), folder.tensor("dy.npy", &[rows, half], &dy));
    let (y, dx) = (folder.file("y.npy"), folder.file("dx.npy"));
    let files = ["--input", &x_file, "--output", &y, "--grad", &dy_file, "--grad-output", &dx];
    let run = succeed(&[&["run", "reglu", "--order", "value_first"][..], &files].concat());
    run.check_layout();
    for part in ["4 x 1400002", "4 x 700001"] {
        assert!(run.stdout.contains(part), "no {part} in {}", run.stdout);
    }
    let (y, dx) = (load(y), load(dx));
    assert_eq!((y.shape, dx.shape), (vec![rows, half], vec![rows, 2 * half]));
    let wrong = |index: &usize| {
        let value_at = index / half * 2 * half + index % half;
        let (value, gate, dy) = (x[value_at], x[value_at + half], dy[*index]);
        let (open, closed) = (gate.max(0.0), if gate > 0.0 { value } else { 0.0 });
        let expected = [value * open, dy * open, dy * closed];
        [y.values[*index], dx.values[value_at], dx.values[value_at + half]] != expected
    };
    assert_eq!((0..dy.len()).find(wrong), None);
}

#[test]
fn f64_is_converted_with_a_note_and_big_endian_is_read() {
    let folder = Folder::new();
    let y = folder.file("y.npy");
    let little: Vec<u8> = [-1.5_f64, 0.1, 1e300].iter().flat_map(|value| value.to_le_bytes()).collect();
    let x = folder.write("f64.npy", &npy("<f8", false, &[3], &little));
    let run = succeed(&["run", "relu", "--input", &x, "--output", &y]);
    assert!(run.stderr.contains("f64.npy holds f64"), "{}", run.stderr);
    assert!(run.stderr.contains("one value is beyond f32"), "{}", run.stderr);
    assert_eq!(load(&y).values, [0.0, 0.1, f32::INFINITY]);

    let big: Vec<u8> = [-1.5_f32, 0.1].iter().flat_map(|value| value.to_be_bytes()).collect();
    let x = folder.write("big.npy", &npy(">f4", false, &[2], &big));
    let run = succeed(&["run", "relu", "--input", &x, "--output", &y]);
    assert!(!run.stderr.contains("note"), "{}", run.stderr);
    assert_eq!(load(&y).values, [0.0, 0.1]);
}

#[test]
fn the_input_may_be_replaced() {
    let (folder, x, _) = folder();
    succeed(&["run", "relu", "--input", &x, "--output", &x]);
    assert_eq!(load(&x).values, [0.0, 0.0, 0.0, 0.5, 3.0, 0.0]);
    assert_eq!(folder.contents().len(), 2, "something was left beside the file");
}

#[test]
fn without_an_output_there_is_a_summary() {
    let (folder, x, dy) = folder();
    let run = succeed(&["run", "relu", "--input", &x, "--grad", &dy]);
    let rows: Vec<&str> = run.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for row in ["x", "dy", "y", "dx"] {
        assert!(rows.contains(&row), "no {row} in {}", run.stdout);
    }
    assert_eq!(folder.contents().len(), 2);
}

#[test]
fn a_real_tensor_goes_through() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data");
    let input = data.join("digits_preactivations.npy").to_str().unwrap().to_owned();
    let grad = data.join("digits_gradient.npy").to_str().unwrap().to_owned();
    let folder = Folder::new();
    let (y, dx) = (folder.file("y.npy"), folder.file("dx.npy"));
    let arguments =
        ["run", "leaky_relu", "--input", &input, "--output", &y, "--grad", &grad, "--grad-output", &dx];
    succeed(&arguments).check_layout();
    let (x, dy) = (load(&input).values, load(&grad).values);
    let slope = 0.01_f32;
    let expected: Vec<f32> = x.iter().map(|&x| if x > 0.0 { x } else { slope * x }).collect();
    assert_eq!(load(y).values, expected);
    let expected: Vec<f32> =
        x.iter().zip(&dy).map(|(&x, &dy)| if x > 0.0 { dy } else { slope * dy }).collect();
    assert_eq!(load(dx).values, expected);
}

/// Runs `relu` and others over bad input: the status, the message, and that nothing changed.
fn refuse(folder: &Folder, arguments: &[&str], status: i32, fragments: &[&str]) {
    let before = folder.contents();
    fail(arguments, status, fragments);
    assert!(folder.contents() == before, "{arguments:?} changed a file");
}

#[test]
fn bad_activations_and_parameters_are_refused() {
    let (folder, x, dy) = folder();
    let y = folder.write("y.npy", b"what was there");
    let refuse = |name: &str, more: &[&str], status, fragments: &[&str]| {
        let arguments = [&["run", name, "--input", &x, "--output", &y], more].concat();
        refuse(&folder, &arguments, status, fragments);
    };
    refuse("reluu", &[], 1, &["reluu", "nearest", "\"relu\""]);
    refuse("gelu", &[], 1, &["gelu_erf", "gelu_tanh"]);
    refuse("leaky_relu", &["--param", "slope=0.2"], 1, &["slope", "negative_slope"]);
    refuse("leaky_relu", &["--param", "negative_slope=NaN"], 1, &["negative_slope", "NaN", "finite"]);
    refuse("leaky_relu", &["--param", "negative_slope=1e99"], 1, &["negative_slope", "finite"]);
    refuse("leaky_relu(negative_slope=nan)", &[], 1, &["finite"]);
    refuse("leaky_relu(negative_slope=0.1", &[], 1, &["parenthesis"]);
    refuse("leaky_relu(negative_slope=0.1)", &["--param", "negative_slope=0.2"], 1, &["twice"]);
    refuse("threshold", &[], 1, &["threshold", "no default"]);
    refuse("relu", &["--param", "weight=1"], 1, &["weight"]);
    refuse("relu", &["--param", "weight"], 2, &["KEY=VALUE"]);
    refuse("relu", &["--param", "weight=much"], 2, &["much"]);
    let dw = folder.file("dw.npy");
    refuse("relu", &["--grad", &dy, "--weight-grad-output", &dw], 1, &["no parameter to learn"]);
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let (folder, x, dy) = folder();
    let out = folder.write("out.npy", b"what was there");
    let cases: [(&[&str], i32, &str); 8] = [
        (&["relu", "--output", &out], 2, "--input"),
        (&["relu", "--input", &x, "--grad-output", &out], 2, "--grad"),
        (&["prelu", "--input", &x, "--weight-grad-output", &out], 2, "--grad"),
        (&["relu", "--input", &x, "--from-output"], 2, "--grad"),
        (&["relu", "--input", &x, "--grad", &dy, "--from-output", "--output", &out], 2, "--output"),
        (
            &["prelu", "--input", &x, "--grad", &dy, "--from-output", "--grad-output", &out],
            1,
            "from the output",
        ),
        (
            &[
                "leaky_relu(negative_slope=-1)",
                "--input",
                &x,
                "--grad",
                &dy,
                "--from-output",
                "--grad-output",
                &out,
            ],
            1,
            "negative_slope >= 0",
        ),
        (&["relu", "--input", &x, "--output", &out, "--grad", &dy, "--grad-output", &out], 1, "same file"),
    ];
    for (arguments, status, fragment) in cases {
        refuse(&folder, &[&["run"], arguments].concat(), status, &[fragment]);
    }
}

#[test]
fn bad_files_are_refused() {
    let (folder, x, _) = folder();
    let out = folder.write("out.npy", b"what was there");
    let data: Vec<u8> = X.iter().flat_map(|value| value.to_le_bytes()).collect();
    let whole = npy("<f4", false, &[2, 3], &data);
    let longer = [&whole[..], &[0]].concat();
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("huge.npy", npy("<f4", false, &[1 << 32, 1 << 32], &data), "larger than any file"),
        ("truncated.npy", whole[..whole.len() - 1].to_vec(), "truncated"),
        ("header.npy", whole[..40].to_vec(), "truncated"),
        ("longer.npy", longer, "needs 24 bytes"),
        ("empty.npy", Vec::new(), "no .npy file"),
        ("text.npy", b"1.0, 2.0, 3.0\n".to_vec(), "no .npy file"),
        ("int.npy", npy("<i4", false, &[2, 3], &data), "'<i4'"),
        ("quad.npy", npy("<f16", false, &[2, 3], &data), "'<f16'"),
        ("complex.npy", npy("<c8", false, &[3], &data), "'<c8'"),
        ("object.npy", npy("|O", false, &[3], &data), "'|O'"),
    ];
    for (name, bytes, fragment) in cases {
        let path = folder.write(name, &bytes);
        refuse(&folder, &["run", "relu", "--input", &path, "--output", &out], 1, &[name, fragment]);
        refuse(
            &folder,
            &["run", "relu", "--input", &x, "--grad", &path, "--grad-output", &out],
            1,
            &[name, fragment],
        );
    }
    let missing = folder.file("missing.npy");
    refuse(&folder, &["run", "relu", "--input", &missing, "--output", &out], 1, &["missing.npy"]);
}

#[test]
fn differing_shapes_are_refused() {
    let (folder, x, _) = folder();
    let out = folder.write("out.npy", b"what was there");
    for (shape, text) in [(&[3_usize, 2][..], "3 x 2"), (&[6], "dy is 6"), (&[2, 3, 1], "2 x 3 x 1")] {
        let dy = folder.tensor("other.npy", shape, &DY);
        let arguments = ["run", "relu", "--input", &x, "--grad", &dy, "--grad-output", &out];
        refuse(&folder, &arguments, 1, &["shapes differ", "2 x 3", text]);
    }
}

#[test]
fn outputs_that_cannot_be_written_are_refused_before_any_is() {
    let (folder, x, dy) = folder();
    let y = folder.write("y.npy", b"what was there");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let read_only = folder.write("read_only.npy", b"keep");
    let mut permissions = std::fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&read_only, permissions).unwrap();
    let cases = [
        ("missing/dx.npy", "its folder"),
        ("folder", "no file"),
        ("read_only.npy", "read-only"),
        ("x.npy/dx.npy", "x.npy"),
    ];
    for (name, fragment) in cases {
        let dx = folder.file(name);
        let arguments = ["run", "relu", "--input", &x, "--output", &y, "--grad", &dy, "--grad-output", &dx];
        refuse(&folder, &arguments, 1, &["cannot write", fragment]);
    }
}

#[test]
fn no_adapter_leaves_files_as_they_were() {
    let (folder, x, _) = folder();
    let y = folder.write("y.npy", b"what was there");
    let run = ["run", "relu", "--input", &x, "--output", &y];
    refuse(&folder, &[&run[..], &["--backend", NO_BACKEND]].concat(), 1, &["no adapter", "install"]);
    refuse(&folder, &[&run[..], &["--adapter", "no such card"]].concat(), 1, &["no such card", "there is"]);
}

/// A rename must not turn a link into a file, nor a file for all into one for its owner alone.
#[cfg(unix)]
#[test]
fn links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (folder, x, _) = folder();
    let real = folder.write("real.npy", b"what was there");
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).unwrap();
    let link = folder.file("link.npy");
    symlink(&real, &link).unwrap();
    succeed(&["run", "relu", "--input", &x, "--output", &link]);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(load(&real).values, [0.0, 0.0, 0.0, 0.5, 3.0, 0.0]);
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    fail(&["run", "relu", "--input", &x, "--output", "/dev/null"], 1, &["no file"]);
}
