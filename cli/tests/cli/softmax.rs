//! `run` and `verify` of functions of rows.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use crate::common::{Folder, fail, load, succeed};

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

#[test]
fn mistakes_are_said() {
    let folder = Folder::new();
    let x = folder.tensor("x.npy", &[2, 2], &[0.0; 4]);
    for (arguments, expected) in [
        (&["softmax", "--dim", "2"][..], "no such dimension as 2"),
        (&["softmax", "--scale", "0"], "scale = 0 is not allowed"),
        (&["softmax", "--param", "a=1"], "takes --dim and --scale"),
        (&["relu", "--scale", "2"], "--scale is for softmax"),
        (&["relu", "--dim", "0"], "--dim is for gates and softmax"),
    ] {
        fail(&[&["run"][..], arguments, &["--input", &x]].concat(), 1, &[expected]);
    }
    fail(&["verify", "softmax", "relu"], 1, &["not both at once"]);
}

#[test]
fn rows_are_verified_on_the_cpu() {
    let said = succeed(&["verify", "softmax", "log_softmax", "--cpu", "--storage", "f16"]);
    assert_eq!(said.stdout.matches(" pass").count(), 4);
}
