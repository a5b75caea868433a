//! `run` over files as others write them: axes of weights, headers, bfloat16, safetensors, and dimensions of gates.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use crate::common::{Folder, fail, load, npy, run, succeed};

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// x = -1 everywhere, of this shape: the result is minus the weight of each element.
fn minus_one(folder: &Folder, shape: &[usize]) -> String {
    folder.tensor("x.npy", shape, &vec![-1.0; shape.iter().product()])
}

#[test]
fn the_shape_of_a_weight_says_where_it_goes() {
    let folder = Folder::new();
    let (y, w) = (folder.file("y.npy"), folder.file("w.npy"));
    let (ones, dw) = (folder.file("ones.npy"), folder.file("dw.npy"));
    // The shapes of x and of the weight, 1, 2, 3, ...; each element's weight; the weight's gradients.
    type Case = (&'static [usize], &'static [usize], &'static [f32], &'static [f32]);
    let cases: [Case; 12] = [
        // The last axis, as Keras and ONNX have it.
        (&[1, 2, 1, 2], &[1, 1, 1, 2], &[1.0, 2.0, 1.0, 2.0], &[-2.0, -2.0]),
        (&[2, 2], &[1, 2], &[1.0, 2.0, 1.0, 2.0], &[-2.0, -2.0]),
        // ONNX's form of PyTorch's.
        (&[1, 2, 2], &[2, 1], &[1.0, 1.0, 2.0, 2.0], &[-2.0, -2.0]),
        (&[2, 2, 1, 1], &[2, 1, 1], &[1.0, 2.0, 1.0, 2.0], &[-2.0, -2.0]),
        (&[2, 2], &[2, 1], &[1.0, 1.0, 2.0, 2.0], &[-2.0, -2.0]),
        // Several axes: neighbours, all, and such with another between them.
        (&[2, 1, 2], &[1, 2], &[1.0, 2.0, 1.0, 2.0], &[-2.0, -2.0]),
        (&[2, 2], &[2, 2], &[1.0, 2.0, 3.0, 4.0], &[-1.0; 4]),
        (&[2, 2, 2], &[2, 2], &[1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0], &[-2.0; 4]),
        (&[2, 2, 2], &[2, 1, 2], &[1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0], &[-2.0; 4]),
        // Rows: PyTorch's channels, one dimension, and a single value.
        (&[1, 2, 2], &[2], &[1.0, 1.0, 2.0, 2.0], &[-2.0, -2.0]),
        (&[3], &[3], &[1.0, 2.0, 3.0], &[-1.0; 3]),
        (&[2, 2], &[1, 1, 1, 1], &[1.0; 4], &[-4.0]),
    ];
    for (shape, weight, expected, gradient) in cases {
        let x = minus_one(&folder, shape);
        folder.tensor("ones.npy", shape, &vec![1.0; expected.len()]);
        let values: Vec<f32> = (1..=weight.iter().product::<usize>()).map(|value| value as f32).collect();
        folder.tensor("w.npy", weight, &values);
        let arguments = ["run", "prelu", "--input", &x, "--weight", &w, "--output", &y, "--grad", &ones];
        succeed(&[&arguments[..], &["--weight-grad-output", &dw]].concat());
        let expected: Vec<f32> = expected.iter().map(|weight| -weight).collect();
        assert_eq!(load(&y).values, expected, "{weight:?} over {shape:?}");
        let dw = load(&dw);
        assert_eq!((&dw.shape[..], &dw.values[..]), (weight, gradient), "{weight:?} over {shape:?}");
    }
}

#[test]
fn two_weights_may_go_along_different_axes() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 3], &[0.5, -1.0, 2.0, -3.0, 1.5, -0.25]);
    let ones = folder.tensor("ones.npy", &[2, 3], &[1.0; 6]);
    let across = folder.tensor("across.npy", &[2, 1], &[0.25, 0.5]);
    let down = folder.tensor("down.npy", &[1, 3], &[0.125, 0.25, 0.5]);
    let whole = folder.tensor("whole.npy", &[2, 3], &[0.25, 0.25, 0.25, 0.5, 0.5, 0.5]);
    let tall = folder.tensor("tall.npy", &[2, 3], &[0.125, 0.25, 0.5, 0.125, 0.25, 0.5]);
    let [y, z, a, b, whole_a, whole_b] = ["y", "z", "a", "b", "c", "d"].map(|name| folder.file(name));
    let run = |first: &str, second: &str, y: &str, outputs: [&str; 2]| {
        let [a, b] = outputs;
        let arguments = ["run", "xielu", "--input", &x, "--weight", first, "--weight", second, "--output", y];
        let gradients = ["--grad", &ones, "--weight-grad-output", a, "--weight-grad-output", b];
        succeed(&[&arguments[..], &gradients].concat());
    };
    run(&across, &down, &y, [&a, &b]);
    run(&whole, &tall, &z, [&whole_a, &whole_b]);
    assert_eq!(load(&y).values, load(&z).values);
    let (a, b, wa, wb) = (load(&a), load(&b), load(&whole_a), load(&whole_b));
    assert_eq!((&a.shape[..], &b.shape[..]), (&[2, 1][..], &[1, 3][..]));
    let sum = |values: [f32; 3]| values.iter().map(|value| f64::from(*value)).sum::<f64>() as f32;
    let rows: Vec<f32> = (0..2).map(|row| sum([0, 1, 2].map(|at| wa.values[3 * row + at]))).collect();
    assert_eq!(a.values, rows);
    let columns: Vec<f32> = (0..3).map(|at| sum([wb.values[at], wb.values[3 + at], 0.0])).collect();
    assert_eq!(b.values, columns);
}

#[test]
fn a_row_of_weights_goes_along_the_dimension_that_is_named() {
    let folder = Folder::new();
    let (y, x) = (folder.file("y.npy"), minus_one(&folder, &[2, 1, 2]));
    let w = folder.tensor("w.npy", &[2], &[1.0, 2.0]);
    let arguments = ["run", "prelu", "--input", &x, "--weight", &w, "--output", &y];
    let cases: [(&[&str], [f32; 4]); 4] = [
        (&["--channel-dim", "-1"], [-1.0, -2.0, -1.0, -2.0]),
        (&["--channel-dim=-3"], [-1.0, -1.0, -2.0, -2.0]),
        (&["--channel-dim", "0"], [-1.0, -1.0, -2.0, -2.0]),
        (&["--channel-dim", "2"], [-1.0, -2.0, -1.0, -2.0]),
    ];
    for (more, expected) in cases {
        succeed(&[&arguments[..], more].concat());
        assert_eq!(load(&y).values, expected, "{more:?}");
    }
    let scalar = folder.tensor("scalar.npy", &[], &[-1.0]);
    let of_scalar = ["run", "prelu", "--input", &scalar, "--weight", &w, "--output", &y];
    fail(&of_scalar, 1, &["--weight holds 2 values", "x is a single one, without dimensions"]);
    let before = folder.contents();
    for (dimension, fragments) in [
        ("-2", &["2 values", "dimension 1", "size 1"]),
        ("3", &["no such dimension as 3", "2 x 1 x 2", "has 3"]),
        ("-4", &["no such dimension as -4", "2 x 1 x 2", "has 3"]),
    ] {
        fail(&[&arguments[..], &["--channel-dim", dimension]].concat(), 1, fragments);
    }
    for shape in [&[2, 1][..], &[2, 1, 1, 1]] {
        let other = folder.tensor("w.npy", shape, &[1.0, 2.0]);
        let arguments = ["run", "prelu", "--input", &x, "--weight", &other, "--output", &y];
        fail(&arguments, 1, &["does not go along x (2 x 1 x 2)"]);
    }
    let other = folder.tensor("w.npy", &[1, 1, 2], &[1.0, 2.0]);
    let arguments = ["run", "prelu", "--input", &x, "--weight", &other, "--output", &y];
    fail(&[&arguments[..], &["--channel-dim", "0"]].concat(), 1, &["says by its shape where it goes"]);
    succeed(&[&arguments[..], &["--channel-dim", "-1"]].concat());
    folder.tensor("w.npy", &[2], &[1.0, 2.0]);
    assert_eq!(folder.contents().len(), before.len());
}

/// A weight in NumPy's other order of axes.
#[test]
fn a_weight_in_fortran_order_is_read_as_it_is() {
    let folder = Folder::new();
    let (y, x) = (folder.file("y.npy"), minus_one(&folder, &[2, 3]));
    let w = folder.write("w.npy", &npy("<f4", true, &[2, 3], &bytes(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0])));
    succeed(&["run", "prelu", "--input", &x, "--weight", &w, "--output", &y]);
    assert_eq!(load(&y).values, [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]);
}

#[test]
fn an_operand_of_a_formula_lies_where_its_letter_says() {
    let folder = Folder::new();
    let (y, x) = (folder.file("y.npy"), minus_one(&folder, &[1, 2, 1, 2]));
    let b = folder.file("b.npy");
    let arguments = ["run", "x * b[c]", "--input", &x, "--operand", &format!("b={b}"), "--output", &y];
    for (shape, letter, expected) in [
        (&[2][..], "c=1", [-1.0, -1.0, -2.0, -2.0]),
        (&[2, 1, 1], "c=1", [-1.0, -1.0, -2.0, -2.0]),
        (&[1, 1, 1, 2], "c=-1", [-1.0, -2.0, -1.0, -2.0]),
    ] {
        folder.tensor("b.npy", shape, &[1.0, 2.0]);
        succeed(&[&arguments[..], &["--channels", letter]].concat());
        assert_eq!(load(&y).values, expected);
    }
    folder.tensor("b.npy", &[1, 1, 1, 2], &[1.0, 2.0]);
    fail(&[&arguments[..], &["--channels", "c=1"]].concat(), 1, &["does not lie where its letter says"]);
}

#[test]
fn headers_of_python_2_and_of_other_writers_are_read() {
    let folder = Folder::new();
    let y = folder.file("y.npy");
    let shapes = ["(2L, 3L)", "(2L,3L,)", "(2,\n 3)", "(2, # rows\n 3)"];
    for (shape, descr) in
        shapes.iter().flat_map(|shape| ["<f4", "=f4", "f4", "|f4", "float32"].map(|descr| (shape, descr)))
    {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(bytes(&[-2.0, -0.5, 0.0, 0.5, 3.0, -7.0]));
        let x = folder.write("x.npy", &file);
        succeed(&["run", "relu", "--input", &x, "--output", &y]);
        let y = load(&y);
        assert_eq!((&y.shape[..], &y.values[..]), (&[2, 3][..], &[0.0, 0.0, 0.0, 0.5, 3.0, 0.0][..]));
    }
}

/// As `numpy.save` writes an array of ml_dtypes' bfloat16.
#[test]
fn bfloat16_is_read_and_written_where_it_is_said() {
    let folder = Folder::new();
    let y = folder.file("y.npy");
    // -2, 0.5, 3, -0.25
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let data = words(&[0xc000, 0x3f00, 0x4040, 0xbe80]);
    for descr in ["<V2", "|V2", "<u2"] {
        let x = folder.write("x.npy", &npy(descr, false, &[4], &data));
        let arguments = ["run", "relu", "--input", &x, "--output", &y];
        fail(&arguments, 1, &["16 bits", "--storage bf16"]);
        let run = succeed(&[&arguments[..], &["--storage", "bf16"]].concat());
        assert!(run.stdout.contains("-2, 0.5, 3"), "{}", run.stdout);
        let written = std::fs::read(&y).unwrap();
        assert!(written.ends_with(&words(&[0, 0x3f00, 0x4040, 0])), "{written:?}");
        assert!(String::from_utf8_lossy(&written).contains("V2'"));
        std::fs::remove_file(&y).unwrap();
    }
    let single = folder.tensor("single.npy", &[1], &[1.0]);
    fail(&["run", "relu", "--input", &single, "--storage", "bf16"], 1, &["x is f32 by its file"]);
    fail(&["run", "relu", "--input", &single, "--storage", "f8"], 2, &["there are f32, f16, bf16"]);
}

/// Whichever file needs to be told: x, a weight, an operand of a formula, a mask.
#[test]
fn what_a_file_does_not_say_of_itself_is_said_for_all() {
    let folder = Folder::new();
    let y = folder.file("y.npy");
    let x = folder.tensor("x.npy", &[1, 2], &[-1.0, -1.0]);
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    // 2, 0.5
    let w = folder.write("w.npy", &npy("<V2", false, &[2], &words(&[0x4000, 0x3f00])));
    // 0, -infinity
    let mask = folder.write("mask.npy", &npy("<V2", false, &[2], &words(&[0, 0xff80])));
    let b = format!("b={w}");
    let weight: &[&str] = &["prelu", "--weight", &w];
    let formula: &[&str] = &["x * b[c]", "--operand", &b, "--channels", "c=1"];
    let masked: &[&str] = &["softmax", "--mask", &mask];
    for (arguments, expected) in [(weight, [-2.0, -0.5]), (formula, [-2.0, -0.5]), (masked, [1.0, 0.0])] {
        let arguments = [&["run"], arguments, &["--input", &x, "--output", &y]].concat();
        fail(&arguments, 1, &["16 bits", "--storage bf16"]);
        for name in ["bf16", "bfloat16", "BFloat16"] {
            succeed(&[&arguments[..], &["--storage", name]].concat());
            assert_eq!(load(&y).values, expected, "{arguments:?}");
        }
    }
    let of_32 = ["run", "relu", "--input", &w, "--storage", "float32"];
    fail(&of_32, 1, &["16 bits, and not f32"]);
    let half = folder.write("half.npy", &npy("|V2", false, &[1], &words(&[0x3c00])));
    succeed(&["run", "relu", "--input", &half, "--storage", "float16"]);
}

/// A file of one tensor after the other, in the format's own words: 8 bytes of length, JSON, data.
fn safetensors(tensors: &[(&str, &str, &[usize], &[u8])]) -> Vec<u8> {
    let (mut entries, mut data) = (vec!["\"__metadata__\":{\"format\":\"pt\"}".to_owned()], Vec::new());
    for (name, dtype, shape, bytes) in tensors {
        let (begin, end) = (data.len(), data.len() + bytes.len());
        entries.push(format!(
            "{name:?}:{{\"dtype\":{dtype:?},\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}"
        ));
        data.extend_from_slice(bytes);
    }
    let header = format!("{{{}}}", entries.join(","));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

/// A tensor's shape and data.
fn tensor_of(path: &str, name: &str) -> (serde_json::Value, Vec<u8>) {
    let file = std::fs::read(path).unwrap();
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
    let entry = header[name].clone();
    let offset = |index: usize| entry["data_offsets"][index].as_u64().unwrap() as usize + 8 + length;
    (entry.clone(), file[offset(0)..offset(1)].to_vec())
}

#[test]
fn tensors_of_safetensors_are_read_and_written_by_name() {
    let folder = Folder::new();
    let (up, half, ids) = (bytes(&[-2.0, 3.0]), [0x00, 0xc0, 0x40, 0x40], [7_u8; 8]);
    let model = safetensors(&[
        ("layer.0.up", "F32", &[2, 1], &up),
        ("layer.0.half", "BF16", &[2], &half),
        ("ids", "I64", &[1], &ids),
    ]);
    let model = folder.write("model.safetensors", &model);
    let of = |name: &str| format!("{model}:{name}");
    let y = folder.file("y.npy");
    succeed(&["run", "relu", "--input", &of("layer.0.up"), "--output", &y]);
    let loaded = load(&y);
    assert_eq!((&loaded.shape[..], &loaded.values[..]), (&[2, 1][..], &[0.0, 3.0][..]));

    // Two results into a file of several, which keeps what it had.
    let (input, grad) = (of("layer.0.half"), of("layer.0.half"));
    let (result, gradient) = (of("result"), of("layer.0.up"));
    let arguments = ["run", "relu", "--input", &input, "--output", &result, "--grad", &grad];
    let run = succeed(&[&arguments[..], &["--grad-output", &gradient]].concat());
    assert!(run.stdout.contains(&format!("y written to {result}")), "{}", run.stdout);
    let (entry, data) = tensor_of(&model, "result");
    assert_eq!((entry["dtype"].as_str(), data), (Some("BF16"), vec![0, 0, 0x40, 0x40]));
    let (entry, data) = tensor_of(&model, "layer.0.up");
    assert_eq!((entry["dtype"].as_str(), data), (Some("BF16"), vec![0, 0, 0x40, 0x40]));
    assert_eq!(tensor_of(&model, "ids").1, ids);
    assert!(String::from_utf8_lossy(&std::fs::read(&model).unwrap()).contains("\"format\":\"pt\""));

    // A file of one needs no name, and a new one is named by the result.
    let new = folder.file("new.safetensors");
    succeed(&["run", "relu", "--input", &y, "--output", &new]);
    assert_eq!(tensor_of(&new, "y").1, bytes(&[0.0, 3.0]));
    succeed(&["run", "relu", "--input", &new]);
    // In capitals it is one, too.
    let shouted = folder.file("X.SAFETENSORS");
    succeed(&["run", "relu", "--input", &y, "--output", &format!("{shouted}:z")]);
    assert_eq!(tensor_of(&shouted, "z").1, bytes(&[0.0, 3.0]));
    succeed(&["run", "relu", "--input", &shouted]);
    // Its order of axes is C's.
    let x = folder.write("x.npy", &npy("<f4", true, &[2, 2], &bytes(&[1.0, 3.0, 2.0, 4.0])));
    succeed(&["run", "relu", "--input", &x, "--output", &new]);
    assert_eq!(tensor_of(&new, "y").1, bytes(&[1.0, 2.0, 3.0, 4.0]));
}

#[test]
fn bad_safetensors_are_refused_and_stay() {
    let folder = Folder::new();
    let whole = safetensors(&[("a", "F32", &[2], &bytes(&[1.0, 2.0])), ("b", "I32", &[1], &[0; 4])]);
    let good = folder.write("good.safetensors", &whole);
    let x = folder.tensor("x.npy", &[2], &[1.0, 2.0]);
    let cut = folder.write("cut.safetensors", &whole[..whole.len() - 6]);
    let longer = folder.write("longer.safetensors", &[&whole[..], &[0]].concat());
    let same = safetensors(&[("a", "F32", &[0], &[]), ("a", "F32", &[2], &bytes(&[1.0, 2.0]))]);
    let twice = folder.write("twice.safetensors", &same);
    let text = folder.write("text.safetensors", b"no tensors here, but words");
    let short = folder.write("short.safetensors", b"abc");
    let before = folder.contents();
    let cases: [(String, &[&str]); 9] = [
        (good.clone(), &["say which tensor", "a, b"]),
        (format!("{good}:c"), &["no tensor \"c\"", "a, b"]),
        (format!("{good}:b"), &["I32", "convert it"]),
        // Whichever tensor is wanted, if it is there or not.
        (format!("{cut}:a"), &["truncated", "12 bytes", "holds 6"]),
        (format!("{cut}:b"), &["truncated"]),
        (format!("{longer}:a"), &["take 12 bytes", "holds 13"]),
        (format!("{twice}:a"), &["\"a\" twice"]),
        (text.clone(), &["no safetensors file"]),
        (short.clone(), &["no safetensors file"]),
    ];
    for (input, fragments) in &cases {
        let output = format!("{good}:a");
        fail(&["run", "relu", "--input", input, "--output", &output], 1, fragments);
    }
    fail(&["run", "relu", "--input", &x, "--output", &text], 1, &["exists and is no safetensors file"]);
    let named = format!("{twice}:c");
    fail(&["run", "relu", "--input", &x, "--output", &named], 1, &["no safetensors file", "\"a\" twice"]);
    // What the format keeps for itself: nobody could open the file again.
    for file in [&good, &folder.file("new.safetensors")] {
        let reserved = format!("{file}:__metadata__");
        fail(&["run", "relu", "--input", &x, "--output", &reserved], 1, &["no tensor can be called so"]);
    }
    let (first, second) = (format!("{good}:same"), format!("{good}:same"));
    let twice = ["run", "relu", "--input", &x, "--grad", &x, "--output", &first, "--grad-output", &second];
    fail(&twice, 1, &["two tensors called same"]);
    assert!(folder.contents() == before, "a file changed");
}

#[test]
fn gates_split_the_dimension_that_is_named() {
    let folder = Folder::new();
    // Gates 1, -1, 2, -2 and values 1, 2, 3, 4; y is 1, 0, 6, 0.
    let (gates, values) = ([1.0, -1.0, 2.0, -2.0], [1.0, 2.0, 3.0, 4.0]);
    let dy = folder.tensor("dy.npy", &[2, 2], &[1.0, 1.0, 1.0, 10.0]);
    let [y, dx] = ["y.npy", "dx.npy"].map(|name| folder.file(name));
    let (g, v) = (gates, values);
    // Options, the shape of x, what it holds, and its gradient.
    type Case = (&'static [&'static str], &'static [usize], [f32; 8], [f32; 8]);
    let cases: [Case; 4] = [
        (
            &["--dim", "0"],
            &[4, 2],
            [g[0], g[1], g[2], g[3], v[0], v[1], v[2], v[3]],
            [1.0, 0.0, 3.0, 0.0, 1.0, 0.0, 2.0, 0.0],
        ),
        (
            &["--dim=-2", "--layout", "interleaved"],
            &[4, 2],
            [g[0], g[1], v[0], v[1], g[2], g[3], v[2], v[3]],
            [1.0, 0.0, 1.0, 0.0, 3.0, 0.0, 2.0, 0.0],
        ),
        (
            &["--dim", "-1", "--layout", "interleaved"],
            &[2, 4],
            [g[0], v[0], g[1], v[1], g[2], v[2], g[3], v[3]],
            [1.0, 1.0, 0.0, 0.0, 3.0, 2.0, 0.0, 0.0],
        ),
        (
            &["--dim", "1"],
            &[2, 4],
            [g[0], g[1], v[0], v[1], g[2], g[3], v[2], v[3]],
            [1.0, 0.0, 1.0, 0.0, 3.0, 0.0, 2.0, 0.0],
        ),
    ];
    for (more, shape, packed, gradient) in cases {
        let x = folder.tensor("x.npy", shape, &packed);
        let arguments = ["run", "reglu", "--input", &x, "--output", &y, "--grad", &dy, "--grad-output", &dx];
        succeed(&[&arguments[..], more].concat());
        let (y, dx) = (load(&y), load(&dx));
        assert_eq!((&y.shape[..], &y.values[..]), (&[2, 2][..], &[1.0, 0.0, 6.0, 0.0][..]), "{more:?}");
        assert_eq!((&dx.shape[..], &dx.values[..]), (shape, &gradient[..]), "{more:?}");
    }
    // Blocks of two, as TransformerEngine has them of 32.
    let x = folder.tensor("x.npy", &[8], &[g[0], g[1], v[0], v[1], g[2], g[3], v[2], v[3]]);
    let blocks = ["run", "reglu", "--input", &x, "--output", &y, "--layout", "interleaved", "--block", "2"];
    succeed(&blocks);
    assert_eq!(load(&y).values, [1.0, 0.0, 6.0, 0.0]);
    let three = [&blocks[..9], &["3"]].concat();
    fail(&three, 1, &["the last dimension of x (8) is not a multiple of two blocks of 3"]);
    fail(&["run", "reglu", "--input", &x, "--block", "2"], 1, &["--block is for --layout interleaved"]);
    let x = folder.tensor("x.npy", &[3, 2], &[1.0; 6]);
    fail(&["run", "reglu", "--input", &x, "--dim", "0"], 1, &["dimension 0 of x (3 x 2) is odd"]);
    fail(&["run", "reglu", "--input", &x, "--dim", "2"], 1, &["no such dimension as 2"]);
    fail(&["run", "reglu", "--input", &x, "--gate", &x, "--dim", "0"], 1, &["in one file"]);
    let scalar = folder.tensor("scalar.npy", &[], &[1.0]);
    fail(&["run", "reglu", "--input", &scalar], 1, &["no such dimension as -1", "scalar"]);
}

/// Halves of an odd number of 16-bit elements, which begin within a word.
#[test]
fn odd_halves_of_16_bits_are_computed() {
    let folder = Folder::new();
    let [y, dx] = ["y.npy", "dx.npy"].map(|name| folder.file(name));
    // Rows of gates 1, -1, 2 and values 3, 4, 5; f16.
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let row = [0x3c00, 0xbc00, 0x4000, 0x4200, 0x4400, 0x4500];
    let x = folder.write("x.npy", &npy("<f2", false, &[2, 6], &words(&[row, row].concat())));
    let dy = folder.write("dy.npy", &npy("<f2", false, &[2, 3], &words(&[0x3c00; 6])));
    succeed(&["run", "reglu", "--input", &x, "--output", &y, "--grad", &dy, "--grad-output", &dx]);
    // 3, 0, 10; gradients 3, 0, 5 by gates and 1, 0, 2 by values.
    let expected = words(&[[0x4200, 0, 0x4900], [0x4200, 0, 0x4900]].concat());
    assert!(std::fs::read(&y).unwrap().ends_with(&expected));
    let row = [0x4200, 0, 0x4500, 0x3c00, 0, 0x4000];
    assert!(std::fs::read(&dx).unwrap().ends_with(&words(&[row, row].concat())));
}

#[test]
fn list_shows_one_that_is_named() {
    let all = succeed(&["list"]).stdout;
    for (name, heading) in [("silu", "silu"), ("leaky_relu", "leaky_relu(negative_slope=0.01)")] {
        let one = succeed(&["list", name]).stdout;
        assert!(one.starts_with(heading) && one.lines().count() < 12, "{one}");
        assert!(all.contains(&one), "{one}");
    }
    assert_eq!(succeed(&["list", "hard_swish"]).stdout, succeed(&["list", "hardswish"]).stdout);
    let gate = succeed(&["list", "swiglu"]).stdout;
    assert!(gate.starts_with("swiglu") && all.contains(&gate), "{gate}");
    let json: serde_json::Value =
        serde_json::from_str(&run(&["list", "relu", "--json", "-"]).stdout).unwrap();
    assert_eq!(json["name"], "relu");
    for (name, same) in
        [("SwiGLU", "swiglu"), ("Softmax(dim=1)", "softmax"), ("leaky_relu(0.2)", "leaky_relu")]
    {
        assert_eq!(succeed(&["list", name]).stdout, succeed(&["list", same]).stdout);
    }
    fail(&["list", "reluu"], 1, &["reluu", "\"relu\""]);
    fail(&["list", "relu", "--markdown"], 2, &["--markdown"]);
}

/// A file of 8 TiB that is mostly a hole: what is said of it is said at once, whatever the disk would have to read or write.
#[test]
fn a_tensor_that_is_too_large_is_refused_before_it_is_read() {
    let folder = Folder::new();
    let y = folder.write("y.npy", b"what was there");
    let (rows, columns) = (1 << 21, 1 << 20);
    let start = npy("<f4", false, &[rows, columns], &[]);
    let x = folder.write("x.npy", &start);
    let file = std::fs::File::options().write(true).open(&x).unwrap();
    file.set_len(start.len() as u64 + 4 * rows as u64 * columns as u64).unwrap();
    let before = std::time::Instant::now();
    // What needs the whole of it on the device.
    let shape_and_limit = ["[2097152, 1048576]", "8796093022208 bytes", "max_buffer_size"];
    for name in ["softmax", "x + 1"] {
        fail(&["run", name, "--input", &x, "--output", &y], 1, &shape_and_limit);
    }
    // Of values that lie so far from their gates, no piece has both.
    fail(&["run", "glu", "--dim", "0", "--input", &x, "--output", &y], 1, &shape_and_limit);
    // What goes in pieces, to a disk without room for them.
    #[cfg(unix)]
    for (name, bytes) in [("relu", "8796093022208 bytes"), ("glu", "4398046511104 bytes")] {
        fail(&["run", name, "--input", &x, "--output", &y], 1, &["y.npy", bytes, "has room for"]);
    }
    assert!(before.elapsed().as_secs() < 10);
    assert_eq!(std::fs::read(&y).unwrap(), b"what was there");
}
