//! `verify`: the table, the JSON, the exit status.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use serde_json::Value;
use wgpu_activations::RowFunction;

use crate::common::{Folder, fail, run, succeed};

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
    let gated = ["gated_forward", "gated_backward_value", "gated_backward_gate"];
    assert_eq!(directions, [&["forward", "backward", "backward_from_output", "second"][..], &gated].concat());
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
    assert_eq!(lines, 7, "by itself and as a gate: {}", run.stdout);
}

#[test]
fn unknown_names_fail_before_anything_runs() {
    let folder = Folder::new();
    let file = folder.write("report.json", b"old");
    fail(&["verify", "relu", "leaky_rulu", "--json", &file], 1, &["leaky_rulu", "leaky_relu"]);
    assert_eq!(std::fs::read(file).unwrap(), b"old");
    fail(&["verify", "gelu"], 1, &["gelu_erf", "gelu_tanh"]);
    fail(&["verify", "relu", "--inputs", "0"], 2, &["inputs"]);
    fail(&["verify", "relu", "--inputs", "16777217"], 2, &["16777217", "16777216"]);
    fail(&["verify", "relu", "--inputs", "many"], 2, &["many"]);
}

#[test]
fn an_adapter_that_is_not_there_is_no_pass() {
    let arguments = ["verify", "relu", "--adapter", "no such card"];
    run(&arguments).check_failure(&arguments, 1, &["no such card"]);
}

#[test]
fn reports_of_several_adapters_make_one_table_and_one_page() {
    let folder = Folder::new();
    let [first, page, junit] = ["first.json", "page.md", "junit.xml"].map(|name| folder.file(name));
    succeed(&["verify", "relu", "silu", "--inputs", "1000", "--json", &first]);
    let run = succeed(&[
        "verify",
        "relu",
        "silu",
        "--inputs",
        "1000",
        "--with",
        &first,
        "--markdown",
        &page,
        "--junit",
        &junit,
    ]);
    run.check_layout();
    assert!(run.stdout.contains("(1)") && run.stdout.contains("(2)"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().filter(|line| line.starts_with("silu")).count(), 6, "{}", run.stdout);

    let page = std::fs::read_to_string(page).unwrap();
    let adapter: Value = serde_json::from_slice(&std::fs::read(&first).unwrap()).unwrap();
    for named in
        [adapter["adapter"].as_str().unwrap(), adapter["driver"].as_str().unwrap(), "| relu | forward |"]
    {
        assert!(page.contains(named), "{named} is not in {page}");
    }
    let junit = std::fs::read_to_string(junit).unwrap();
    assert_eq!(junit.matches("<testsuite ").count(), 2, "{junit}");
    assert!(junit.contains("silu backward f32") && !junit.contains("<failure"), "{junit}");
}

/// As if a driver had been wrong: the file says so, the table marks it, and the exit status is 1.
#[test]
fn a_report_that_is_over_budget_fails_all() {
    let folder = Folder::new();
    let [first, junit] = ["first.json", "junit.xml"].map(|name| folder.file(name));
    succeed(&["verify", "relu", "--inputs", "1000", "--json", &first]);
    let mut report: Value = serde_json::from_slice(&std::fs::read(&first).unwrap()).unwrap();
    report["checks"][1]["max_ulp"] = 0.75.into();
    report["checks"][2]["max_ulp"] = Value::Null; // infinite
    std::fs::write(&first, report.to_string()).unwrap();
    let run = run(&["verify", "relu", "--inputs", "1000", "--with", &first, "--junit", &junit]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stdout.contains("0.75!") && run.stdout.contains("inf!"), "{}", run.stdout);
    assert_eq!(std::fs::read_to_string(junit).unwrap().matches("<failure").count(), 2);

    report["checks"][0]["direction"] = "sideways".into();
    std::fs::write(&first, report.to_string()).unwrap();
    fail(&["verify", "relu", "--with", &first], 1, &["first.json", "does not know"]);
}

/// Without names: a table, a section of the page, JSON and JUnit of them, beside the activations'.
#[test]
fn functions_of_rows_are_part_of_the_report() {
    let folder = Folder::new();
    let [first, page, junit] = ["first.json", "page.md", "junit.xml"].map(|name| folder.file(name));
    let outputs = ["--json", &first, "--markdown", &page, "--junit", &junit];
    let run = succeed(&[&["verify", "--cpu", "--inputs", "100"][..], &outputs].concat());
    run.check_layout();
    let (elements, rows) = run.stdout.split_once("Functions of rows").unwrap();
    assert!(elements.contains("relu") && !elements.contains("softmax"), "{elements}");
    for named in RowFunction::NAMED.iter().filter(|named| named.name != "softmin") {
        assert!(rows.lines().any(|line| line.starts_with(named.name)), "no {} in {rows}", named.name);
    }
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("| softmax | forward | 4 | 0.5"), "{page}");
    assert!(std::fs::read_to_string(junit).unwrap().contains("cross_entropy forward in f32 of [40, 65, 1]"));

    let mut report: Value = serde_json::from_slice(&std::fs::read(&first).unwrap()).unwrap();
    let with = |report: &Value| {
        std::fs::write(&first, report.to_string()).unwrap();
        crate::common::run(&["verify", "relu", "--elementwise", "--inputs", "1000", "--with", &first])
    };
    report["rows"][0]["max_ulp"] = Value::Null; // infinite
    let wrong = with(&report);
    assert_eq!(wrong.status, Some(1), "{}", wrong.stderr);
    assert!(wrong.stdout.contains("inf!") && wrong.stdout.contains("FAILED: softmax"), "{}", wrong.stdout);
    report["rows"][0]["function"] = "softermax".into();
    assert!(with(&report).stderr.contains("does not know"));
    // As reports were before.
    report.as_object_mut().unwrap().remove("rows");
    let old = with(&report);
    assert_eq!(old.status, Some(0), "{}", old.stderr);
    assert!(!old.stdout.contains("Functions of rows"), "{}", old.stdout);
}

/// What is merged is tested beside the code: every f32 takes minutes.
#[test]
fn what_was_measured_is_of_every_f32() {
    let folder = Folder::new();
    let other = folder.write("other.csv", b"name,value\n");
    fail(&["verify", "relu", "--exhaustive", "--measured", &other], 1, &["other.csv", "begins otherwise"]);
    fail(&["verify", "--measured", &other], 2, &["exhaustive"]);
    fail(&["verify", "--exhaustive", "--inputs", "5"], 2, &["inputs"]);
}

fn shaders() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shaders").to_owned()
}

#[test]
fn shaders_are_read_from_a_folder() {
    let same = succeed(&["verify", "relu", "--inputs", "1000", "--shaders", &shaders()]);
    same.check_layout();
    assert!(same.stdout.contains("changed is nothing"), "{}", same.stdout);

    let folder = Folder::new();
    let own = folder.path().to_str().unwrap();
    std::fs::create_dir(folder.file("activations")).unwrap();
    let right = std::fs::read_to_string(format!("{}/activations/relu.wgsl", shaders())).unwrap();
    let verify = |text: &str| {
        folder.write("activations/relu.wgsl", text.as_bytes());
        run(&["verify", "relu", "--elementwise", "--inputs", "1000", "--shaders", own])
    };
    let wrong = verify(&right.replace("select(0.0, dy", "select(0.0, 2.0 * dy"));
    assert_eq!(wrong.status, Some(1), "{}", wrong.stderr);
    assert!(wrong.stdout.contains("changed is activations/relu"), "{}", wrong.stdout);
    let failed = |direction: &str| {
        let mut lines = wrong.stdout.lines().filter(|line| line.starts_with("relu "));
        lines.any(|line| line.contains(direction) && line.to_lowercase().contains("fail"))
    };
    assert!(failed("backward") && !failed("forward"), "{}", wrong.stdout);

    let none = verify("fn act_relu(x: f32) -> f32 { return y; }");
    assert_eq!(none.status, Some(1), "{}", none.stdout);
    assert!(none.stderr.contains("y"), "{}", none.stderr);
}

#[test]
fn folders_without_shaders_and_shaders_of_nothing_are_refused() {
    let folder = Folder::new();
    let own = folder.path().to_str().unwrap();
    fail(&["verify", "relu", "--shaders", own], 1, &["activations/NAME.wgsl"]);
    std::fs::create_dir(folder.file("activations")).unwrap();
    folder.write("activations/rulu.wgsl", b"");
    fail(&["verify", "relu", "--shaders", own], 1, &["rulu", "activations"]);
    fail(&["verify", "relu", "--cpu", "--shaders", own], 2, &["--cpu"]);
}

/// Its parameters are the table's, and it says so where the name has others.
#[test]
fn names_are_read_as_run_reads_them() {
    for (name, kind, note) in [
        ("GELU(approximate='tanh')", "gelu_tanh", false),
        ("Tanh()", "tanh", false),
        ("SwiGLU", "silu", false),
        ("leaky_relu(0.01)", "leaky_relu", false),
        ("leaky_relu(0.2)", "leaky_relu", true),
    ] {
        let run = succeed(&["verify", name, "--cpu", "--elementwise", "--inputs", "100", "--json", "-"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["checks"][0]["activation"], kind);
        assert_eq!(run.stderr.contains("any parameters"), note, "{}", run.stderr);
    }
    assert_eq!(
        succeed(&["verify", "LogSoftmax(dim=1)", "--cpu", "--json", "-"]).stdout,
        succeed(&["verify", "log_softmax", "--cpu", "--json", "-"]).stdout
    );
}
