//! `verify`: the table, the JSON, the exit status.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use common::{Folder, fail, run, succeed};
use serde_json::Value;

#[test]
fn relu_passes_and_its_json_has_every_field() {
    let folder = Folder::new();
    let file = folder.file("report.json");
    let run = succeed(&["verify", "relu", "--inputs", "5000", "--json", &file]);
    run.check_layout();
    assert!(run.stdout.contains("arithmetic"), "{}", run.stdout);
    assert!(run.stdout.contains("relu"), "{}", run.stdout);
    assert!(run.stdout.contains("checks passed"), "{}", run.stdout);
    let report: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    for field in ["adapter", "backend", "driver", "wgpu"] {
        assert!(report[field].is_string(), "{field} in {report}");
    }
    let checks = report["checks"].as_array().unwrap();
    let directions: Vec<&str> = checks.iter().map(|check| check["direction"].as_str().unwrap()).collect();
    assert_eq!(directions, ["forward", "backward", "backward_from_output"]);
    for check in checks {
        assert_eq!(check["activation"], "relu");
        assert_eq!(check["storage"], "f32");
        assert_eq!(check["pass"], true);
        assert!(check["inputs"].as_u64().unwrap() >= 5000, "{check}");
        let numbers = ["max_ulp", "p999_ulp", "worst_input", "budget"];
        assert!(numbers.iter().all(|&field| check[field].is_number()), "{check}");
        assert!(check["max_ulp"].as_f64().unwrap() <= check["budget"].as_f64().unwrap());
    }
}

#[test]
fn with_json_on_standard_output_nothing_else_is_there() {
    let run = succeed(&["verify", "identity", "relu", "--inputs", "1000", "--json", "-"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(report["checks"].as_array().unwrap().len() >= 5);
    assert!(run.stderr.contains("checks passed"), "{}", run.stderr);
    assert!(!run.stderr.contains('\x1b'));
}

#[test]
fn several_parameter_values_make_one_line_for_each_direction() {
    let run = succeed(&["verify", "leaky_relu", "LeakyReLU", "--inputs", "1000"]);
    let lines = run.stdout.lines().filter(|line| line.starts_with("leaky_relu")).count();
    assert_eq!(lines, 3, "{}", run.stdout);
}

#[test]
fn unknown_names_fail_before_anything_runs() {
    let folder = Folder::new();
    let file = folder.write("report.json", b"old");
    fail(&["verify", "relu", "leaky_rulu", "--json", &file], 1, &["leaky_rulu", "leaky_relu"]);
    assert_eq!(std::fs::read(file).unwrap(), b"old");
    fail(&["verify", "gelu"], 1, &["gelu_erf", "gelu_tanh"]);
    fail(&["verify", "relu", "--inputs", "0"], 2, &["inputs"]);
    fail(&["verify", "relu", "--inputs", "many"], 2, &["many"]);
}

#[test]
fn an_adapter_that_is_not_there_is_no_pass() {
    let arguments = ["verify", "relu", "--adapter", "no such card"];
    run(&arguments).check_failure(&arguments, 1, &["no such card"]);
}
