//! `run` and `verify` of functions of rows.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use wgpu_activations::gumbel_noise;

use crate::common::{Folder, fail, load, npy, succeed};

fn near(got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{got} for {expected}");
    }
}

#[test]
fn rows_go_along_any_dimension_forward_and_backward() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2], &[0.0, 1.0, 3.0, 1.0]);
    let dy = folder.tensor("dy.npy", &[2, 2], &[1.0, 0.0, 0.0, 0.0]);
    let [y, dx, again] = ["y.npy", "dx.npy", "again.npy"].map(|name| folder.file(name));
    succeed(&["run", "softmax", "--input", &x, "--output", &y, "--grad", &dy, "--grad-output", &dx]);
    near(&load(&y).values, &[0.268_941_43, 0.731_058_6, 0.880_797_1, 0.119_202_92]);
    near(&load(&dx).values, &[0.196_611_94, -0.196_611_94, 0.0, 0.0]);
    assert_eq!(load(&dx).shape, [2, 2]);
    let from_output = ["--from-output", "--grad", &dy, "--grad-output", &again];
    succeed(&[&["run", "softmax", "--input", &y][..], &from_output].concat());
    assert_eq!(load(&again).values, load(&dx).values);
    succeed(&["run", "log_softmax", "--dim", "0", "--scale", "2", "--input", &x, "--output", &y]);
    let half = -std::f32::consts::LN_2;
    near(&load(&y).values, &[-6.002_476, half, -0.002_475_684_5, half]);
    succeed(&["run", "Softmin", "--input", &x, "--output", &y]);
    near(&load(&y).values, &[0.731_058_6, 0.268_941_43, 0.119_202_92, 0.880_797_1]);
}

/// A row without elements has a sum, which is 0, and so a logarithm of one.
#[test]
fn rows_without_elements_have_results() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[4, 0], &[]);
    let dy = folder.tensor("dy.npy", &[4], &[1.0; 4]);
    let sinks = folder.tensor("sinks.npy", &[4], &[1.0, 2.0, 3.0, 4.0]);
    let [y, dx] = ["y.npy", "dx.npy"].map(|name| folder.file(name));
    let run = |name: &str, more: &[&str]| {
        let gradient = ["--grad", &dy, "--grad-output", &dx];
        succeed(&[&["run", name, "--input", &x, "--output", &y][..], &gradient, more].concat());
        assert_eq!((load(&dx).shape, load(&dx).values), (vec![4, 0], vec![]));
        let y = load(&y);
        assert_eq!(y.shape, [4]);
        y.values
    };
    assert_eq!(run("logsumexp", &[]), [f32::NEG_INFINITY; 4]);
    assert_eq!(run("logsumexp", &["--scale", "-2"]), [f32::NEG_INFINITY; 4]);
    assert_eq!(run("logsumexp", &["--sink", "0.5"]), [0.5; 4]);
    assert_eq!(run("logsumexp", &["--sinks", &sinks]), [1.0, 2.0, 3.0, 4.0]);
    // All of what arrives is the sinks'; softmax has no result that any could arrive at.
    let dsinks = folder.file("dsinks.npy");
    let by_sinks = ["--sinks", &sinks, "--sinks-grad-output", &dsinks];
    run("logsumexp", &by_sinks);
    assert_eq!(load(&dsinks).values, [1.0; 4]);
    succeed(&[&["run", "softmax", "--input", &x, "--grad", &x][..], &by_sinks].concat());
    assert_eq!(load(&dsinks).values, [0.0; 4]);
    assert_eq!(run("cross_entropy", &["--probabilities", &x]), [0.0; 4]);
    let labels: Vec<u8> = [-100_i32; 4].iter().flat_map(|label| label.to_le_bytes()).collect();
    let labels = folder.write("labels.npy", &npy("<i4", false, &[4], &labels));
    assert_eq!(run("cross_entropy", &["--labels", &labels]), [0.0; 4]);
    let wrong = folder.write("wrong.npy", &npy("<i4", false, &[4], &[0; 16]));
    fail(&["run", "cross_entropy", "--input", &x, "--labels", &wrong], 1, &["label 0", "no classes"]);
    // Along the dimension that has some, there are no rows.
    succeed(&["run", "logsumexp", "--dim", "0", "--input", &x, "--output", &y]);
    assert_eq!((load(&y).shape, load(&y).values), (vec![0], vec![]));
    succeed(&["run", "softmax", "--input", &x, "--output", &y]);
    assert_eq!(load(&y).shape, [4, 0]);
    // More rows than there is memory for.
    let many = folder.tensor("many.npy", &[1 << 50, 0], &[]);
    fail(&["run", "logsumexp", "--input", &many, "--output", &y], 1, &["1125899906842624 rows"]);
}

#[test]
fn a_causal_mask_and_a_sink_take_part() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2, 2], &[0.0, f32::NAN, 0.0, 0.0, 1.0, 9.0, 0.0, 0.0]);
    let y = folder.file("y.npy");
    succeed(&["run", "softmax", "--causal", "--input", &x, "--output", &y]);
    near(&load(&y).values, &[1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 0.5, 0.5]);
    let third = 1.0 / 3.0;
    succeed(&["run", "softmax", "--causal=0", "--sink", "0", "--input", &x, "--output", &y]);
    near(&load(&y).values, &[0.5, 0.0, third, third, 0.731_058_6, 0.0, third, third]);
}

#[test]
fn masks_and_sinks_go_over_rows_as_shapes_say() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2, 2], &[0.0, 1.0, 0.0, 0.0, 1.0, 9.0, 0.0, f32::NAN]);
    let [y, dx] = ["y.npy", "dx.npy"].map(|name| folder.file(name));
    let run = |more: &[&str]| {
        succeed(&[&["run", "softmax", "--input", &x, "--output", &y][..], more].concat());
        load(&y).values
    };
    // True takes part, and a row that has none is 0.
    let mask = folder.write("mask.npy", &npy("|b1", false, &[2, 1, 2], &[1, 1, 1, 0]));
    near(&run(&["--mask", &mask]), &[0.268_941_43, 0.731_058_6, 0.5, 0.5, 1.0, 0.0, 1.0, 0.0]);
    let none = folder.write("none.npy", &npy("|b1", false, &[2, 2], &[0, 0, 1, 0]));
    let gradient = ["--mask", &none, "--grad", &x, "--grad-output", &dx];
    near(&run(&gradient[..2]), &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    run(&gradient);
    near(&load(&dx).values, &[0.0; 8]);
    // log(3) is added to the second element, and there is a sink for each head.
    let bias = folder.tensor("bias.npy", &[2], &[0.0, f32::ln(3.0)]);
    let sinks = folder.tensor("sinks.npy", &[2], &[f32::NEG_INFINITY, 0.0]);
    let got = run(&["--mask", &bias, "--sinks", &sinks, "--scale", "1"]);
    near(&got[2..4], &[0.2, 0.6]);
    near(&got[..2], &[0.109_231_78, 0.890_768_2]);
    // Of two rows each: -t sum y dy, where t is what the sink takes, 1/5 in the second one and 0 in the first.
    let small = folder.tensor("small.npy", &[2, 2, 2], &[0.0, 1.0, 0.0, 0.0, 1.0, 9.0, 0.0, 0.0]);
    let each = folder.tensor("each.npy", &[2, 2, 2], &[1.0; 8]);
    let of_rows = folder.tensor("of_rows.npy", &[2, 2], &[1.0; 4]);
    let dsinks = folder.file("dsinks.npy");
    for (name, dy, expected) in [("softmax", &each, [0.0, -0.32]), ("logsumexp", &of_rows, [0.0, 0.4])] {
        let rest = ["--mask", &bias, "--sinks", &sinks, "--grad", dy, "--sinks-grad-output", &dsinks];
        succeed(&[&["run", name, "--input", &small][..], &rest].concat());
        let got = load(&dsinks);
        assert_eq!(got.shape, [2]);
        near(&got.values, &expected);
    }
    fail(&["run", "softmax", "--input", &x, "--grad", &x, "--sinks-grad-output", &dsinks], 2, &["--sinks"]);
    let of_relu =
        ["run", "relu", "--input", &x, "--grad", &x, "--sinks", &sinks, "--sinks-grad-output", &dsinks];
    fail(&of_relu, 1, &["--mask and --sinks are for softmax"]);
    let long = folder.tensor("long.npy", &[3], &[0.0; 3]);
    fail(&["run", "softmax", "--input", &x, "--mask", &long], 1, &["--mask", "does not go over"]);
    fail(&["run", "softmax", "--input", &x, "--sinks", &long], 1, &["--sinks holds 3 values"]);
    fail(&["run", "softmax", "--input", &mask], 1, &["only f32"]);
}

/// 1 - y of a y that is rounded to f16 would be half as much again.
#[test]
fn gradients_in_16_bits_are_taken_from_x() {
    let folder = Folder::new();
    let write = |name: &str, bits: [u16; 2]| {
        folder.write(name, &npy("<f2", false, &[1, 2], &bits.map(u16::to_le_bytes).concat()))
    };
    // 0 and 8; 0 and 1.
    let (x, dy) = (write("x.npy", [0, 0x4800]), write("dy.npy", [0, 0x3c00]));
    let dx = folder.file("dx.npy");
    succeed(&["run", "softmax", "--input", &x, "--grad", &dy, "--grad-output", &dx]);
    let bytes = std::fs::read(dx).unwrap();
    // -3.352e-4 and 3.352e-4.
    assert_eq!(bytes[bytes.len() - 4..], [0x7e, 0x8d, 0x7e, 0x0d]);
}

#[test]
fn hardmax_and_sparsemax_have_gradients() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[1, 4], &[0.0, 1.5, 1.0, 1.5]);
    let dy = folder.tensor("dy.npy", &[1, 4], &[8.0, 1.0, 2.0, 5.0]);
    let [y, dx] = ["y.npy", "dx.npy"].map(|name| folder.file(name));
    let run = |name: &str| {
        succeed(&["run", name, "--input", &x, "--output", &y, "--grad", &dy, "--grad-output", &dx]);
        (load(&y).values, load(&dx).values)
    };
    let (y, dx) = run("hardmax");
    near(&y, &[0.0, 1.0, 0.0, 0.0]);
    near(&dx, &[0.0; 4]);
    let (y, dx) = run("sparsemax");
    near(&y, &[0.0, 0.5, 0.0, 0.5]);
    near(&dx, &[0.0, -2.0, 0.0, 2.0]);
    let sinks = folder.tensor("sinks.npy", &[1], &[0.0]);
    fail(&["run", "sparsemax", "--input", &x, "--sinks", &sinks], 1, &["sparsemax has no sink"]);
}

#[test]
fn noise_is_drawn_by_a_seed() {
    let folder = Folder::new();
    let values = [0.0, 1.5, f32::NEG_INFINITY, 1.5];
    let x = folder.tensor("x.npy", &[1, 4], &values);
    let dy = folder.tensor("dy.npy", &[1, 4], &[8.0, 1.0, 2.0, 5.0]);
    let [y, dx] = ["y.npy", "dx.npy"].map(|name| folder.file(name));
    let run = |more: &[&str]| {
        let gradient = ["--output", &y, "--grad", &dy, "--grad-output", &dx];
        succeed(&[&["run", "gumbel_softmax", "--input", &x, "--scale", "2"][..], &gradient, more].concat());
        (load(&y).values, load(&dx).values)
    };
    let noisy = |index: usize| f64::from(values[index]) + f64::from(gumbel_noise(9, index as u64));
    let parts: Vec<f64> = (0..4).map(|index| (2.0 * noisy(index)).exp()).collect();
    let expected: Vec<f32> = parts.iter().map(|part| (part / parts.iter().sum::<f64>()) as f32).collect();
    let (soft, gradient) = run(&["--seed", "9"]);
    near(&soft, &expected);
    let (hard, same) = run(&["--seed", "9", "--hard"]);
    let largest = expected.iter().copied().fold(0.0, f32::max);
    near(&hard, &[0, 1, 2, 3].map(|index| f32::from(u8::from(expected[index] == largest))));
    for (same, gradient) in same.iter().zip(gradient) {
        assert!((same - gradient).abs() < 1e-5, "{same} for {gradient}");
    }
    fail(&["run", "gumbel_softmax", "--input", &x], 1, &["give --seed N"]);
    fail(&["run", "softmax", "--seed", "1", "--input", &x], 1, &["--seed is for gumbel_softmax"]);
    fail(&["run", "hardmax", "--hard", "--input", &x], 2, &["--seed"]);
}

#[test]
fn losses_and_their_gradients_go_along_any_dimension() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 3], &[0.0, 1.0, 3.0, 0.0, 1.0, 3.0]);
    let dy = folder.tensor("dy.npy", &[3], &[1.0, 2.0, 1.0]);
    let labels: Vec<u8> = [1_i64, -100, 0].iter().flat_map(|label| label.to_le_bytes()).collect();
    let labels = folder.write("labels.npy", &npy("<i8", false, &[3], &labels));
    let [loss, dx] = ["loss.npy", "dx.npy"].map(|name| folder.file(name));
    let gradient = ["--grad", &dy, "--grad-output", &dx];
    let run = ["run", "cross_entropy", "--dim", "0", "--input", &x, "--labels", &labels, "--output", &loss];
    succeed(&[&run[..], &gradient].concat());
    near(&load(&loss).values, &[std::f32::consts::LN_2, 0.0, std::f32::consts::LN_2]);
    assert_eq!(load(&loss).shape, [3]);
    near(&load(&dx).values, &[0.5, 0.0, -0.5, -0.5, 0.0, 0.5]);
    let p = folder.tensor("p.npy", &[2, 3], &[1.0, 0.5, 0.0, 0.0, 0.5, 1.0]);
    succeed(&[
        "run",
        "CrossEntropyLoss",
        "--dim",
        "0",
        "--input",
        &x,
        "--probabilities",
        &p,
        "--output",
        &loss,
    ]);
    near(&load(&loss).values, &[std::f32::consts::LN_2; 3]);
    succeed(&["run", "logsumexp", "--dim", "0", "--input", &x, "--output", &loss]);
    let sum = std::f32::consts::LN_2;
    near(&load(&loss).values, &[sum, 1.0 + sum, 3.0 + sum]);
    let wrong =
        ["run", "cross_entropy", "--dim", "0", "--ignore-index", "5", "--input", &x, "--labels", &labels];
    fail(&wrong, 1, &["row 1 has the label -100"]);
    fail(&["run", "cross_entropy", "--input", &x], 1, &["takes --labels or --probabilities"]);
    fail(&["run", "softmax", "--labels", &labels, "--input", &x], 1, &["are for cross_entropy"]);
    fail(&["run", "cross_entropy", "--labels", &x, "--input", &x], 1, &["only integers"]);
}

/// f32 rounds these to the one that is ignored, and to numbers that are in no file.
#[test]
fn labels_are_integers_whatever_f32_makes_of_them() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 3], &[0.0; 6]);
    let loss = folder.file("loss.npy");
    let with = |ignored: &str, label: i64, check: &dyn Fn(&[&str])| {
        let bytes: Vec<u8> = [1, label].iter().flat_map(|label| label.to_le_bytes()).collect();
        let labels = folder.write("labels.npy", &npy("<i8", false, &[2], &bytes));
        let arguments = ["run", "cross_entropy", "--input", &x, "--labels", &labels, "--output", &loss];
        check(&[&arguments[..], &["--ignore-index", ignored]].concat());
    };
    with("16777216", 16_777_217, &|arguments| {
        fail(arguments, 1, &["row 1 has the label 16777217, and there are classes 0 to 2"]);
    });
    with("-100", -5, &|arguments| {
        fail(arguments, 1, &["row 1 has the label -5, and there are classes 0 to 2"])
    });
    with("-100", 1 << 62, &|arguments| fail(arguments, 1, &["row 1 has the label 4611686018427387904"]));
    for (ignored, label) in [("4294967295", 4_294_967_295), ("16777217", 16_777_217)] {
        with(ignored, label, &|arguments| {
            succeed(arguments);
        });
        near(&load(&loss).values, &[f32::ln(3.0), 0.0]);
    }
}

/// Beside each other, f32 does not tell them apart.
#[test]
fn labels_above_what_f32_holds_are_exact() {
    const CLASSES: usize = (1 << 24) + 2;
    let folder = Folder::new();
    // In f16: 16777217 is 4, its neighbours 0 and -2.
    let mut data = vec![0; 2 * CLASSES];
    data[2 * (CLASSES - 1)..].copy_from_slice(&0x4400_u16.to_le_bytes());
    data[2 * (CLASSES - 3)..][..2].copy_from_slice(&0xc000_u16.to_le_bytes());
    let x = folder.write("x.npy", &npy("<f2", false, &[1, CLASSES], &data));
    let loss = folder.file("loss.npy");
    let sum = ((CLASSES - 2) as f64 + f64::exp(4.0) + f64::exp(-2.0)).ln();
    for (descr, label, x_of_label) in [
        ("<u4", 16_777_217_u32.to_le_bytes().to_vec(), 4.0),
        (">i8", 16_777_216_i64.to_be_bytes().to_vec(), 0.0),
        ("<u8", 16_777_215_u64.to_le_bytes().to_vec(), -2.0),
    ] {
        let labels = folder.write("labels.npy", &npy(descr, false, &[1], &label));
        succeed(&["run", "cross_entropy", "--input", &x, "--labels", &labels, "--output", &loss]);
        let (got, expected) = (f64::from(load(&loss).values[0]), sum - x_of_label);
        assert!((got - expected).abs() < 1e-4, "{descr}: {got} for {expected}");
    }
}

#[test]
fn labels_of_another_shape_are_said() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[3, 2], &[0.0; 6]);
    let labels = folder.write("labels.npy", &npy("<i4", false, &[2], &[0; 8]));
    let expected = "a tensor of one element for each row is 3, the tensor of labels is 2";
    fail(&["run", "cross_entropy", "--input", &x, "--labels", &labels], 1, &[expected]);
}

#[test]
fn noise_has_its_name_in_a_backward_from_the_output() {
    let folder = Folder::new();
    let y = folder.tensor("y.npy", &[1, 2], &[0.5; 2]);
    let said = succeed(&["run", "gumbel_softmax", "--input", &y, "--from-output", "--grad", &y]);
    assert!(said.stdout.starts_with("gumbel_softmax along"), "{}", said.stdout);
}

#[test]
fn what_would_be_left_out_is_refused() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2], &[0.5; 4]);
    let refused = |arguments: &[&str], expected: &str| {
        fail(&[&["run"], arguments, &["--input", &x]].concat(), 1, &[expected]);
    };
    for options in [
        &["--layout", "halves"][..],
        &["--order", "gate_first"],
        &["--block", "2"],
        &["--gate", &x],
        &["--stable"],
        &["--weight", &x],
        &["--second-output", &x],
        &["--labels", &x],
        &["--ignore-index", "1"],
    ] {
        refused(&[&["softmax"], options].concat(), &format!("softmax takes no {}: ", options[0]));
    }
    for options in [&["--ignore-index", "2"][..], &["--stable"], &["--mask", &x], &["--seed", "1"]] {
        refused(&[&["relu"], options].concat(), &format!("relu takes no {}: ", options[0]));
    }
    for options in [&["--mask", &x][..], &["--causal"], &["--sink", "1"], &["--sinks", &x]] {
        let from_output = [&["softmax", "--from-output", "--grad", &x], options].concat();
        refused(&from_output, &format!("--from-output takes no {}", options[0]));
    }
    let of_probabilities = ["cross_entropy", "--probabilities", &x, "--ignore-index", "1"];
    refused(&of_probabilities, "--ignore-index goes with --labels");
    for name in ["softmax", "relu"] {
        fail(&["verify", name, "--stable"], 1, &["--stable is for formulas"]);
    }
}

#[test]
fn mistakes_are_said() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2], &[0.0; 4]);
    for (arguments, expected) in [
        (&["softmax", "--dim", "2"][..], "no such dimension as 2"),
        (&["softmax", "--scale", "0"], "scale = 0 is not allowed"),
        (&["softmax", "--param", "a=1"], "softmax takes no --param: --param is for activations"),
        (&["relu", "--scale", "2"], "--scale is for softmax"),
        (&["relu", "--sink", "2"], "--causal and --sink are for softmax"),
        (&["relu", "--dim", "0"], "--dim is for gates and softmax"),
    ] {
        fail(&[&["run"][..], arguments, &["--input", &x]].concat(), 1, &[expected]);
    }
    fail(&["verify", "softmax", "relu"], 1, &["not both at once"]);
}

#[test]
fn rows_are_verified_on_the_cpu() {
    let said = succeed(&["verify", "softmax", "cross_entropy", "--cpu", "--storage", "f16"]);
    // Three directions of softmax and the gradient by its sinks, two of each target.
    assert_eq!(said.stdout.matches(" pass").count(), 8);
}
