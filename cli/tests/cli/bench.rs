//! `bench`: its figures, as tables, JSON, a document and a plot; what it refuses. No test here is about speed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use serde_json::Value;

use crate::common::{Folder, Run, fail, run, succeed};

/// 4099 is no multiple of anything.
const TINY: [&str; 7] = ["bench", "--activation", "relu", "--activation", "gelu_erf", "--sizes", "1000,4099"];

fn tiny(more: &[&str]) -> Run {
    succeed(&[&TINY, more].concat())
}

#[test]
fn the_json_has_every_field() {
    let run = tiny(&["--json", "-"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    for field in ["adapter", "backend", "driver", "kind", "wgpu", "library", "profile", "clock"] {
        assert!(report[field].is_string(), "{field} in {report}");
    }
    for field in ["debug_assertions", "driver_validation"] {
        assert!(report[field].is_boolean(), "{field} in {report}");
    }
    for field in ["recording_ratio", "prepare_us", "lone_submit_wait_us"] {
        assert!(report[field].is_number(), "{field} in {report}");
    }
    let results = report["results"].as_array().unwrap();
    // Two activations, two directions, two sizes.
    assert_eq!(results.len(), 8);
    for result in results {
        assert!(["relu", "gelu_erf"].iter().any(|&name| result["activation"] == name), "{result}");
        assert!(["forward", "backward"].iter().any(|&name| result["direction"] == name), "{result}");
        assert!([1000, 4099].iter().any(|&size| result["elements"] == size), "{result}");
        assert_eq!(result["storage"], "f32");
        assert_eq!(result["correct"], true);
        assert!(result["promised_ratio"].is_null(), "{result}");
        let positive = [
            "ns_per_element",
            "best_ns_per_element",
            "gb_per_s",
            "ratio_to_copy_kernel",
            "ratio_to_buffer_copy",
            "unaligned_ns_per_element",
            "unaligned_ratio_to_copy_kernel",
            "submit_wait_us",
            "upload_ns",
            "kernel_ns",
            "read_back_ns",
            "cpu_one_thread_ns",
            "cpu_all_threads_ns",
        ];
        for field in positive {
            assert!(result[field].as_f64().is_some_and(|value| value > 0.0), "{field} in {result}");
        }
        let crossover = &result["crossover_elements"];
        assert!(crossover.is_null() || crossover.as_u64().is_some_and(|n| n <= 4099), "{result}");
        let ns = result["ns_per_element"].as_f64().unwrap() * result["elements"].as_f64().unwrap();
        assert!((ns / result["kernel_ns"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{result}");
    }
    for copies in report["copies"].as_array().unwrap() {
        assert!(copies["tried"].as_array().unwrap().len() > 10, "several shapes are tried: {copies}");
        assert!(copies["copy_kernel"]["workgroup"].is_number(), "{copies}");
    }
    assert!(run.stderr.contains("copy kernel"), "{}", run.stderr);
    assert!(!run.stderr.contains(['\x1b', '\r']), "{}", run.stderr);
}

#[test]
fn tables_fit_and_the_documents_are_written() {
    let folder = Folder::new();
    let (document, plot) = (folder.file("performance.md"), folder.file("performance.svg"));
    let run = tiny(&["--markdown", &document, "--plot", &plot]);
    run.check_layout();
    for fragment in
        ["relu", "gelu_erf", "1,000 elements, forward", "4,099 elements, backward", "preparing a step"]
    {
        assert!(run.stdout.contains(fragment), "no {fragment:?} in {}", run.stdout);
    }
    // Rows of tables are apart; a line may be wrapped.
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, unrest) = text.split_once("the median round took ").unwrap();
    let unrest: f64 = unrest.split(' ').next().unwrap().parse().unwrap();
    assert!(unrest >= 1.0, "{text}");
    // It is rounded.
    if (unrest - 1.1).abs() > 0.01 {
        assert_eq!(text.contains("THE MACHINE WAS BUSY"), unrest > 1.1, "{text}");
    }
    // Tests are debug builds: the figures say that they mean nothing.
    assert_eq!(run.stdout.contains("DEBUG BUILD"), cfg!(debug_assertions), "{}", run.stdout);

    let document = std::fs::read_to_string(document).unwrap();
    for fragment in
        ["# Performance", "[figure]: performance.svg", "| `gelu_erf` | f32 |", "## Workgroups and words"]
    {
        assert!(document.contains(fragment), "no {fragment:?} in {document}");
    }
    let plot = std::fs::read_to_string(plot).unwrap();
    for fragment in ["<svg", "relu", "gelu_erf", "4,099 f32", "</svg>"] {
        assert!(plot.contains(fragment), "no {fragment:?} in {plot}");
    }
}

/// By its name alone, and called by a formula.
#[test]
fn functions_of_the_users_own_are_measured() -> serde_json::Result<()> {
    let bent =
        ["bench", "bent", "bent(x) * 3", "--function", "bent = k * x^2 + x with k = 2", "--sizes", "1000"];
    let shown = ["k * (x * x) + x with k = 2.0", "(2 * (x * x) + x) * 3"];
    let report: Value = serde_json::from_str(&succeed(&[&bent[..], &["--json", "-"]].concat()).stdout)?;
    assert_eq!(report.as_array().map(Vec::len), Some(shown.len()), "{report}");
    for (index, formula) in shown.into_iter().enumerate() {
        let row = &report[index];
        assert_eq!(row["formula"], formula);
        // Whole rows of 1024.
        assert_eq!(row["elements"], 1024);
        for field in ["ns_per_element", "ratio_to_copy_kernel", "one_thread_ns_per_element"] {
            assert!(row[field].as_f64().is_some_and(|value| value > 0.0), "{field} in {row}");
        }
    }
    let table = succeed(&bent).stdout;
    assert!(shown.iter().all(|formula| table.contains(formula)), "{table}");
    Ok(())
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_runs() {
    let folder = Folder::new();
    let file = folder.write("report.json", b"old");
    fail(&["bench", "--activation", "leaky_rulu", "--json", &file], 1, &["leaky_rulu", "leaky_relu"]);
    fail(&["bench", "--activation", "gelu", "--json", &file], 1, &["gelu_erf", "gelu_tanh"]);
    fail(&["bench", "bant(x)", "--function", "bent = x * 2", "--json", &file], 1, &["bant", "\"bent\""]);
    fail(&["bench", "--sizes", "0"], 2, &["sizes"]);
    fail(&["bench", "--sizes", "1000,many"], 2, &["many"]);
    fail(&["bench", "--sizes", "1000", "--check"], 1, &["--check", "16777216"]);
    fail(&["bench", "--markdown", &folder.file("a.md"), "--plot", "b.svg"], 1, &["--plot", "folder"]);
    fail(&["bench", "--markdown", &file, "--json", &file], 1, &["same file"]);
    fail(&["bench", "--json", &folder.file("no/such/report.json")], 1, &["no/such"]);
    assert_eq!(std::fs::read(file).unwrap(), b"old");
}

#[test]
fn more_than_a_binding_holds_is_a_clear_error() {
    let arguments = ["bench", "--activation", "relu", "--sizes", "9000000000000000000"];
    run(&arguments).check_failure(&arguments, 1, &["9000000000000000000", "too many"]);
}

#[test]
fn an_adapter_that_is_not_there_has_no_figures() {
    let arguments = ["bench", "--activation", "relu", "--adapter", "no such card"];
    run(&arguments).check_failure(&arguments, 1, &["no such card"]);
}
