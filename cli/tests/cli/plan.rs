//! `plan`: a formula's steps as JSON. The page's test dispatches them.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use serde_json::Value;

use crate::common::{fail, succeed};

fn plan(arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&succeed(&[&["plan"], arguments].concat()).stdout).unwrap()
}

#[test]
fn the_formula_comes_first_then_its_gradients_each_with_its_operands() {
    let steps = plan(&[
        "relu(x + b[c]) * g",
        "--shape",
        "6,1024",
        "--channels",
        "c=-1",
        "--backward",
        "x,b",
        "--storage",
        "f16",
    ]);
    let names = |step: &Value| -> Vec<String> {
        let operands = step["operands"].as_array().unwrap().iter();
        operands
            .map(|it| format!("{} {} {}", it["name"], it["storage"], it["bytes"]).replace('"', ""))
            .collect()
    };
    assert_eq!(names(&steps[0]), ["x f16 12288", "b f32 4096", "g f16 12288", "y f16 12288"]);
    assert_eq!(steps.len(), 3);
    let last = steps.iter().find(|step| names(step).contains(&"db f32 4096".to_owned())).unwrap();
    let written: Vec<bool> =
        last["operands"].as_array().unwrap().iter().map(|it| it["written"] == true).collect();
    assert_eq!(written.iter().filter(|written| **written).count(), 1);
    for dispatch in steps.iter().flat_map(|step| step["dispatches"].as_array().unwrap()) {
        assert!(naga::front::wgsl::parse_str(dispatch["wgsl"].as_str().unwrap()).is_ok());
        assert_eq!(dispatch["uniform"].as_array().unwrap().len() % 4, 0);
        assert!(dispatch["bindings"][0]["min_binding_size"].as_u64().unwrap() > 0);
    }
}

#[test]
fn a_parameter_and_a_seed_are_in_the_uniform() {
    let uniform = |arguments: &[&str]| {
        plan(&[&["dropout(x * k, 0.5) with k = 3", "--shape", "64"], arguments].concat())
        .remove(0)["dispatches"][0]["uniform"].clone()
    };
    let usual = uniform(&[]);
    assert_ne!(usual, uniform(&["--seed", "7"]));
    let words = uniform(&["--param", "k=5"]);
    assert!(words.as_array().unwrap().contains(&Value::from(5.0_f32.to_bits())));
}

#[test]
fn what_is_missing_or_too_large_is_said() {
    let fails = |arguments: &[&str], words: &str| fail(&[&["plan"], arguments].concat(), 1, &[words]);
    fails(&["x + b[c]", "--shape", "4"], "--channels c=-1");
    fails(&["x + b[c]", "--shape", "4", "--channels", "c=2"], "no such dimension");
    fails(&["x + y2", "--shape", "99999999999"], "more than a buffer of every device holds");
    fails(&["x", "--shape", "4294967296,4294967296"], "64 bits");
    fails(&["x + scratch", "--shape", "4"], "scratch");
    fails(&["x +", "--shape", "4"], "expected");
}

/// An operand of that name would come out as it is.
#[test]
fn a_name_of_what_formulas_do_not_have_is_none() {
    for (text, fragments) in [
        ("swiglu", &["is a gate", "v * silu(g)"][..]),
        ("SwiGLU", &["is a gate", "`run swiglu`"]),
        ("y = softmax", &["takes whole rows", "`run softmax`"]),
    ] {
        fail(&["plan", text, "--shape", "4"], 1, fragments);
    }
    fail(&["run", "swiglu", "--operand", "swiglu=x.npy"], 1, &["is a gate"]);
    succeed(&["plan", "x", "--shape", "4"]);
}
