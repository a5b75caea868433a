//! `cost`: what kernels cost, compiled by Mesa's driver for AMD cards, which comes with its software drivers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use serde_json::Value;

use crate::common::{Folder, fail, succeed};

fn report(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeed(&[&["cost", "--json", "-"], arguments].concat()).stdout).unwrap()
}

fn row<'a>(report: &'a Value, list: &str, name: &str, direction: &str, storage: &str) -> &'a Value {
    let rows = report[list].as_array().unwrap();
    let wanted =
        |row: &&Value| row["name"] == name && row["direction"] == direction && row["storage"] == storage;
    rows.iter().find(wanted).unwrap_or_else(|| panic!("no {name} {direction} {storage}"))
}

#[test]
fn costs_are_the_same_on_every_run_and_in_their_order() {
    let first = report(&["identity", "gelu_erf"]);
    assert_eq!(first, report(&["identity", "gelu_erf"]));
    assert_eq!(first["how"], "compiled, not run");
    assert!(first["driver"].as_str().unwrap().starts_with("Mesa "), "{}", first["driver"]);
    let families: Vec<_> = first["families"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(families, ["navi21", "gfx1100", "vega10"]);
    let cost = |list, name, storage, family: usize| {
        let row = row(&first, list, name, "forward", storage);
        row["costs"][family]["cost"].as_f64().unwrap()
    };
    for family in 0..3 {
        // Loads and stores alone, then a builtin's rational, then ours.
        assert!(cost("kernels", "identity", "f32", family) < cost("builtins", "gelu_erf", "f32", family));
        assert!(cost("builtins", "gelu_erf", "f32", family) < cost("kernels", "gelu_erf", "f32", family));
    }
    // Two operands of 4 bytes, and of 2; for a gate's backward five.
    assert_eq!(row(&first, "kernels", "identity", "forward", "f32")["bytes"], 8);
    assert_eq!(row(&first, "kernels", "identity", "forward", "bf16")["bytes"], 4);
    assert_eq!(row(&first, "kernels", "identity", "gated_backward", "f16")["bytes"], 10);
}

#[test]
fn a_cost_stands_beside_memorys_time_on_every_card() {
    let report = report(&["relu"]);
    let row = row(&report, "kernels", "relu", "forward", "f32");
    for (index, card) in report["cards"].as_array().unwrap().iter().enumerate() {
        let number = |name: &str| card[name].as_f64().unwrap();
        let memory = 2.0 * number("lanes") * number("clock_ghz") / number("memory_gb_per_s") * 8.0;
        let costs = row["costs"].as_array().unwrap();
        let cost = costs.iter().find(|cost| cost["family"] == card["family"]).unwrap();
        let fraction = row["fractions"][index]["of_memory_time"].as_f64().unwrap();
        assert_eq!(row["fractions"][index]["card"], card["name"]);
        assert!((fraction - cost["cost"].as_f64().unwrap() / memory).abs() < 1e-9, "{card}");
    }
}

/// Three kernels move 28 bytes where one moves 12.
#[test]
fn the_operations_of_a_formula_stand_beside_it() {
    let report = report(&["bias_gelu_gate"]);
    let steps: Vec<_> = report["steps"].as_array().unwrap().iter().collect();
    let texts: Vec<_> = steps.iter().map(|step| step["direction"].as_str().unwrap()).collect();
    assert_eq!(texts, ["x + bias[c]", "gelu_erf(x)", "x * gate"]);
    let bytes: Vec<_> = steps.iter().map(|step| step["bytes"].as_u64().unwrap()).collect();
    assert_eq!(bytes, [8, 8, 12]);
    assert_eq!(row(&report, "kernels", "bias_gelu_gate", "formula", "f32")["bytes"], 12);
}

/// A formula of one's own is counted in both directions, and held to no budget.
#[test]
fn a_given_formula_has_costs_and_no_budget() {
    let own = "--function=telu = x * tanh(exp(x))";
    for formula in [&["x * tanh(exp(x))"][..], &["telu", own]] {
        let run = succeed(&[&["cost", "--check"], formula].concat());
        assert!(run.stdout.contains("formula_backward"), "{}", run.stdout);
        assert!(!run.stderr.contains("over budget"), "{}", run.stderr);
    }
}

/// What functions of rows are counted by is the driver's own figure where there is no loop: instructions, and the cycles of each.
#[test]
fn instructions_count_as_the_driver_counts_them() {
    let report = report(&["gelu_erf", "sin", "logit", "dropout_residual"]);
    let mut counted = 0;
    for row in report["kernels"].as_array().unwrap() {
        for cost in row["costs"].as_array().unwrap() {
            if let Some(busy) = cost["busy"].as_f64() {
                assert_eq!(busy, cost["inverse_throughput"].as_f64().unwrap(), "{row}");
                counted += 1;
            }
        }
    }
    assert!(counted > 60, "{counted}");
}

#[test]
fn functions_of_rows_are_counted_over_two_shapes() {
    let run = succeed(&["cost", "softmax", "gumbel_softmax", "cross_entropy", "--check"]);
    run.check_layout();
    assert!(run.stdout.contains("gumbel_softmax"), "{}", run.stdout);
    assert!(run.stdout.contains("causal_forward, functions of rows"), "{}", run.stdout);
    assert!(!run.stderr.contains("over budget"), "{}", run.stderr);
    let report = report(&["Softmax(dim=1)"]);
    let rows = report["rows"].as_array().unwrap();
    assert!(report["kernels"].as_array().unwrap().is_empty());
    let of = |direction: &str, storage: &str, rows_of: u64| {
        let wanted = |row: &&Value| {
            row["direction"] == direction && row["storage"] == storage && row["shape"][0] == rows_of
        };
        rows.iter().find(wanted).unwrap()
    };
    let (short, long) = (of("forward", "f32", 4096), of("forward", "f32", 32));
    // One text, by workgroups of 64 and of 256; what a row costs once fades.
    for family in 0..3 {
        let number = |row: &Value, name: &str| row["costs"][family][name].as_f64().unwrap();
        for same in ["vgprs", "sgprs", "waves"] {
            assert_eq!(number(short, same), number(long, same), "{same}");
        }
        let once = |row: &Value| number(row, "cost") - number(row, "in_passes");
        assert!(once(long) > 0.0 && once(short) > 4.0 * once(long), "{short} {long}");
        // One f32 for all elements of a word: ties or the largest, a sum and what it lost, of each invocation. The driver rounds up.
        for (row, invocations) in [(short, 64.0), (long, 256.0)] {
            let of_row = invocations * 4.0 * 3.0;
            assert!((of_row..2.0 * of_row).contains(&number(row, "lds_bytes")), "{row}");
        }
        let masked = of("causal_forward", "f32", 4096);
        assert!(number(masked, "cost") > number(short, "cost"), "{masked}");
    }
    assert_eq!((&short["bytes"], &of("backward", "f16", 32)["bytes"]), (&8.into(), &6.into()));
}

/// A gate that has a name is found by it, and its table fits a terminal.
#[test]
fn the_table_fits_100_columns() {
    let run = succeed(&["cost", "swiglu", "thresholded_relu", "gelu_tanh", "--check"]);
    run.check_layout();
    assert!(
        run.stdout.contains("Compiled, not run") && run.stdout.contains("gated_backward"),
        "{}",
        run.stdout
    );
    // One without defaults.
    assert!(succeed(&["cost", "threshold"]).stdout.contains("threshold"));
    fail(&["cost", "no_such"], 1, &["no_such"]);
}

#[test]
fn a_document_of_some_kernels_is_refused() {
    let folder = Folder::new();
    fail(&["cost", "relu", "--markdown", &folder.file("cost.md")], 2, &["--markdown"]);
    fail(&["cost", "--plot", &folder.file("cost.svg")], 2, &["--markdown"]);
}
