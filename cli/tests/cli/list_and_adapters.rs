//! `list` and `adapters`, for people and for machines; what holds for the command as a whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use serde_json::Value;
use wgpu_activations::{Formula, Gate, Kind, RowFunction};

use crate::common::{Folder, NO_BACKEND, Run, command, fail, succeed};

#[test]
fn list_as_json_has_the_whole_table() {
    let sections: Value = serde_json::from_str(&succeed(&["list", "--json", "-"]).stdout).unwrap();
    let names = |section: &str| -> Vec<&str> {
        sections[section].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
    };
    assert_eq!(names("activations"), Kind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>());
    assert_eq!(names("rows"), RowFunction::NAMED.iter().map(|named| named.name).collect::<Vec<_>>());
    for row in sections["rows"].as_array().unwrap() {
        assert!(["formula", "derivative", "source"].iter().all(|&field| row[field].is_string()), "{row}");
    }
    for row in sections["activations"].as_array().unwrap() {
        let fields = ["aliases", "parameters", "learnable", "gates", "samples", "kinks", "sample_kinks"];
        assert!(fields.iter().all(|&field| row[field].is_array()), "{row}");
        let texts = ["source", "formula", "derivative", "at_kinks"];
        assert!(texts.iter().all(|&field| row[field].is_string()), "{row}");
        assert!(row["from_output"].is_string() || row["from_output"].is_null(), "{row}");
        assert_eq!(row["samples"].as_array().unwrap().len(), row["sample_kinks"].as_array().unwrap().len());
    }
}

#[test]
fn list_as_json_says_what_golden_vectors_need() {
    let sections: Value = serde_json::from_str(&succeed(&["list", "--json", "-"]).stdout).unwrap();
    let rows = sections["activations"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap().clone();
    let leaky_relu = row("leaky_relu");
    // As text, not as the f32's f64 value: 0.01, not 0.009999999776482582.
    assert_eq!(leaky_relu["parameters"], serde_json::json!([{ "name": "negative_slope", "default": 0.01 }]));
    assert_eq!(leaky_relu["from_output"], "negative_slope >= 0");
    assert_eq!(leaky_relu["kinks"], serde_json::json!([0.0]));
    assert!(leaky_relu["samples"].as_array().unwrap().iter().all(|sample| sample[0] != 0.01), "{leaky_relu}");
    assert_eq!(row("prelu")["learnable"][0]["parameter"], "weight");
}

#[test]
fn list_shows_every_name_parameter_and_formula_in_100_columns() {
    let run = succeed(&["list"]);
    run.check_layout();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let shown = words(&run.stdout);
    for kind in Kind::ALL {
        assert!(run.stdout.lines().any(|line| line.split('(').next() == Some(kind.name())), "{kind}");
        assert!(shown.contains(&words(kind.formula())), "{kind}");
        assert!(shown.contains(&words(kind.derivative())), "{kind}");
    }
    assert!(run.stdout.contains("leaky_relu(negative_slope=0.01)"));
    for named in Gate::NAMED {
        assert!(shown.contains(&words(named.formula)) && run.stdout.contains(named.name), "{}", named.name);
    }
    for named in RowFunction::NAMED {
        assert!(shown.contains(&words(named.formula)) && shown.contains(named.derivative), "{}", named.name);
        let one = succeed(&["list", named.name]).stdout;
        assert!(one.starts_with(named.name) && words(&one).contains(&words(named.formula)), "{one}");
    }
}

#[test]
fn list_says_what_may_stand_in_a_formula() {
    let run = succeed(&["list", "--formula"]);
    run.check_layout();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let shown = words(&run.stdout);
    for construct in Formula::constructs() {
        for text in [construct.form, construct.meaning, construct.example] {
            assert!(shown.contains(&words(text)), "{text}");
        }
    }
    for (what, most) in Formula::limits() {
        assert!(shown.contains(&format!("{most} {what}")), "{what}");
    }
    assert!(
        shown.contains("leaky_relu(a,negative_slope)") && shown.contains("swish_backward_beta"),
        "{shown}"
    );
    // Its parameter has the letter that otherwise stands for what functions are of.
    assert!(shown.contains("gaussian(x,a)"), "{shown}");
    assert!(succeed(&["list"]).stdout.contains("list --formula"));

    let json: Value = serde_json::from_str(&succeed(&["list", "--formula", "--json", "-"]).stdout).unwrap();
    assert_eq!(json["constructs"].as_array().unwrap().len(), Formula::constructs().len());
    assert_eq!(json["limits"]["operands and results"], 16);
    let functions = json["functions"].as_array().unwrap();
    assert_eq!(functions.len(), Kind::ALL.len());
    for function in functions {
        let derivative = function["derivatives"][0].as_str().unwrap();
        assert_eq!(derivative, format!("{}_backward", function["name"].as_str().unwrap()));
    }
    fail(&["list", "--formula", "--markdown"], 2, &["cannot be used with"]);
}

#[test]
fn json_may_go_to_a_file_beside_the_table() {
    let folder = Folder::new();
    let file = folder.write("table.json", b"old");
    let run = succeed(&["list", "--json", &file]);
    assert!(run.stdout.contains("leaky_relu"));
    let sections: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(sections["activations"].as_array().unwrap().len(), Kind::ALL.len());
    assert_eq!(folder.contents().len(), 1, "something was left beside the file");
}

#[test]
fn adapters_are_described() {
    let run = succeed(&["adapters"]);
    run.check_layout();
    assert!(run.stdout.contains("max_storage_buffer_binding_size"), "{}", run.stdout);
    let adapters: Value = serde_json::from_str(&succeed(&["adapters", "--json", "-"]).stdout).unwrap();
    let adapters = adapters.as_array().unwrap();
    assert!(!adapters.is_empty());
    for adapter in adapters {
        assert!(
            ["adapter", "backend", "driver", "kind"].iter().all(|&field| adapter[field].is_string()),
            "{adapter}"
        );
        assert!(adapter["limits"].as_object().unwrap().values().all(Value::is_u64), "{adapter}");
        let software = ["llvmpipe", "SwiftShader"]
            .iter()
            .any(|&name| adapter["adapter"].as_str().unwrap().contains(name));
        assert!(!software || adapter["kind"] == "software adapter", "{adapter}");
    }
}

#[test]
fn adapters_are_chosen_by_part_of_the_name_and_by_backend() {
    let adapters: Value = serde_json::from_str(&succeed(&["adapters", "--json", "-"]).stdout).unwrap();
    let name = adapters[0]["adapter"].as_str().unwrap();
    let part = name.get(..4).unwrap_or(name).to_uppercase();
    let chosen = succeed(&["--adapter", &part, "adapters", "--json", "-"]).stdout;
    let chosen: Value = serde_json::from_str(&chosen).unwrap();
    assert_eq!(chosen[0]["adapter"], name);
    fail(&["adapters", "--adapter", "no such card"], 1, &["no such card", name]);
    fail(&["adapters", "--backend", NO_BACKEND], 1, &["no adapter", "install"]);
    fail(&["adapters", "--backend", "direct3d"], 2, &["direct3d", "vulkan", "gl", "metal", "dx12"]);
}

#[test]
fn the_environment_chooses_where_the_command_line_does_not() {
    let with = |name: &str, value: &str, arguments: &[&str]| {
        Run::of(&command(arguments).env(name, value).output().unwrap())
    };
    let adapters = ["adapters"];
    with("WGPU_ADAPTER_NAME", "no such card", &adapters).check_failure(&adapters, 1, &["no such card"]);
    with("WGPU_BACKEND", NO_BACKEND, &adapters).check_failure(&adapters, 1, &["no adapter"]);
    with("WGPU_BACKEND", "vulcan", &adapters).check_failure(
        &adapters,
        1,
        &["WGPU_BACKEND", "vulcan", "vulkan"],
    );
    let overridden = ["adapters", "--adapter", ""];
    assert_eq!(with("WGPU_ADAPTER_NAME", "no such card", &overridden).status, Some(0));
}

#[test]
fn help_fits_100_columns() {
    for command in ["adapters", "list", "run", "verify"] {
        succeed(&[command, "--help"]).check_layout();
        succeed(&[command, "-h"]).check_layout();
    }
    succeed(&["--help"]).check_layout();
    succeed(&["-h"]).check_layout();
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(&["list"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn colours_are_for_those_who_want_them() {
    let forced = command(&["list"]).env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output().unwrap();
    assert!(Run::of(&forced).stdout.contains('\x1b'));
}

#[test]
fn what_cannot_be_written_fails_first() {
    let folder = Folder::new();
    let missing = folder.file("missing/table.json");
    fail(&["list", "--json", &missing], 1, &["cannot write", "missing"]);
    fail(&["verify", "relu", "--json", &missing], 1, &["cannot write", "missing"]);
    fail(&["verify", "relu", "--markdown", "-"], 1, &["cannot write -", "only --json"]);
    fail(&["list", "--json", folder.path().to_str().unwrap()], 1, &["cannot write", "no file"]);
}
