//! The documentation says what the table says, of every activation, and shows pictures that are there; budgets are near what was
//! measured.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use wgpu_activations::Kind;
use wgpu_activations::verify::{Case, Report};

use crate::common::succeed;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap().replace("\r\n", "\n")
}

/// Set by `./x check`, which writes what is generated before the tests compare it.
const WRITE: &str = "WGPU_ACTIVATIONS_WRITE_DOCS";

/// Between the comment that begins so and the next, the page has this text.
fn assert_generated(path: &str, begin: &str, text: &str) {
    let page = page(path);
    let after = page.split_once(begin).unwrap_or_else(|| panic!("{path}: no {begin}")).1;
    let after = after.split_once("-->\n").unwrap().1;
    let shown = after.split_once("<!-- end of").unwrap_or_else(|| panic!("{path}: {begin} has no end")).0;
    if shown == text {
        return;
    }
    assert!(
        std::env::var_os(WRITE).is_some(),
        "{path}: run ./x check NAME, or put this after {begin}:\n{text}"
    );
    let (before, rest) = page.split_at(page.len() - after.len());
    std::fs::write(root().join(path), format!("{before}{text}{}", &rest[shown.len()..])).unwrap();
}

#[test]
fn the_table_of_activations_is_the_commands() {
    let table = succeed(&["list", "--markdown"]).stdout;
    assert_generated("docs/activations.md", "<!-- table:", &table);
    assert_eq!(table.lines().count(), Kind::ALL.len() + 2);
    assert!(table.lines().all(|line| line.matches('|').count() == 5), "{table}");
}

#[test]
fn the_guide_to_choosing_has_no_activation_twice_and_each_with_two_lines() {
    let page = page("docs/choosing.md");
    let items: Vec<&str> = page.lines().filter(|line| line.starts_with("- `")).collect();
    let names: Vec<&str> = items.iter().map(|item| item.split('`').nth(1).unwrap()).collect();
    for (index, name) in names.iter().enumerate() {
        assert!(Kind::ALL.iter().any(|kind| kind.name() == *name), "{name} is not in the table");
        assert!(!names[..index].contains(name), "{name} is there twice");
    }
    let open = Kind::ALL.iter().filter(|kind| !names.contains(&kind.name()));
    let open: Vec<String> = open.map(|kind| format!("`{kind}`")).collect();
    let text = format!("\n## Not described yet\n\n{}\n", open.join(", "));
    assert_generated("docs/choosing.md", "<!-- not described yet:", if open.is_empty() { "" } else { &text });
    for item in items {
        let (_, rest) = page.split_once(item).unwrap();
        let more: Vec<&str> = rest.lines().skip(1).take_while(|line| line.starts_with("  ")).collect();
        assert_eq!(more.len(), 1, "{item}");
    }
}

/// The example's plan is what the documents say that the command prints.
#[test]
fn the_example_in_javascript_has_the_commands_plan() {
    const LAYER: &str = "gelu_erf(x + bias[c]) * gate";
    let arguments = ["plan", LAYER, "--shape", "4,1024", "--channels", "c=-1", "--backward", "x,bias,gate"];
    let [formula, rest @ ..] = &arguments[1..] else { unreachable!() };
    let shown = format!("wgpu-activations plan '{formula}' {}", rest.join(" "));
    for path in ["docs/examples.md", "docs/embedding.md"] {
        assert!(page(path).contains(&shown), "{path}: no {shown}");
    }
    let plan = succeed(&arguments).stdout;
    if page("examples/javascript/plan.json") != plan {
        assert!(
            std::env::var_os(WRITE).is_some(),
            "examples/javascript/plan.json: run ./x check NAME, or {shown}"
        );
        std::fs::write(root().join("examples/javascript/plan.json"), plan).unwrap();
    }
}

/// What the documents show of other crates' frames is what `./x publish-check` compiles.
#[test]
fn the_frames_of_others_are_shown_as_they_are_compiled() {
    let shown = page("docs/embedding.md");
    let files = page("hosts/src/lib.rs");
    let files: Vec<&str> = files.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    for file in &files {
        let path = format!("hosts/src/{}.rs", file.trim_end_matches(';'));
        let code = format!("```rust,ignore\n{}```\n", page(&path));
        assert!(shown.contains(&code), "docs/embedding.md: put this there for {path}:\n{code}");
    }
    assert_eq!(shown.matches("```rust,ignore").count(), files.len());
}

#[test]
fn the_numeric_rules_have_every_derivative_at_kinks() {
    let head = "| activation | derivative at its kinks |\n|---|---|\n".to_owned();
    let with_jumps = Kind::ALL.iter().filter(|kind| !kind.at_kinks().is_empty());
    let rows = with_jumps.map(|kind| format!("| `{kind}` | {} |\n", kind.at_kinks()));
    let table = head + &rows.collect::<String>();
    assert_generated("docs/numerics.md", "<!-- kinks:", &table);
}

#[test]
fn every_figure_is_there_and_shown() {
    let pages = page("README.md") + &page("docs/choosing.md").replace("]: images/", "]: docs/images/");
    let script = page("docs/images/plots/make.sh");
    let mut figures = 0;
    for entry in std::fs::read_dir(root().join("docs/images/plots")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".svg") else { continue };
        assert!(pages.contains(&format!("docs/images/plots/{name}")), "no page shows {name}");
        assert!(script.contains(stem), "{name} is not made by the script");
        figures += 1;
    }
    let shown = pages.matches("docs/images/plots/").count();
    assert_eq!(shown, figures, "a page shows a figure that is not there, or one is shown twice");
}

#[test]
fn every_picture_of_the_examples_is_there_and_shown() {
    let shown = page("docs/examples.md");
    let script = page("docs/images/examples/make.sh");
    let mut pictures = 0;
    for entry in std::fs::read_dir(root().join("docs/images/examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(name == "make.sh" || script.contains(stem), "{name} is not made by the script");
        if name.ends_with(".svg") || name.ends_with(".png") {
            assert!(
                shown.contains(&format!("]: images/examples/{name}\n")),
                "docs/examples.md does not show {name}"
            );
            assert!(path.metadata().unwrap().len() < 300_000, "{name} is too large for a page");
            pictures += 1;
        }
    }
    assert_eq!(shown.matches("images/examples/").count(), pictures);
}

/// No budget is far above what every f32 through lavapipe has measured; of a direction that is not measured yet, what the grid
/// measures here. To measure: `./x check NAME --exhaustive`.
#[test]
fn budgets_are_near_what_was_measured() {
    let mut measured: HashMap<(String, String), f64> =
        over_every_f32().into_iter().map(|(case, (ulp, _))| (case, ulp)).collect();
    let is_open =
        |kind: &&Kind| Case::all(kind.samples()[0]).iter().any(|case| !measured.contains_key(&key(case)));
    let open: Vec<Kind> = Kind::ALL.iter().filter(is_open).copied().collect();
    for (case, ulp) in on_the_grid(&open) {
        measured.entry(case).or_insert(ulp);
    }
    let cases: Vec<Case> = Kind::ALL.iter().flat_map(|kind| Case::all(kind.samples()[0])).collect();
    assert_eq!(measured.len(), cases.len(), "measured.csv has lines of other activations or directions");
    for case in cases {
        let (activation, direction) = (case.name(), case.direction_name());
        let measured = measured.get(&(activation.to_owned(), direction.clone())).copied();
        let measured = measured.unwrap_or_else(|| panic!("measured.csv lacks {activation} {direction}"));
        let budget = case.bound().ulp;
        assert!(measured <= budget, "{activation} {direction}: {measured} measured, the budget is {budget}");
        let near = budget <= 0.5 || budget <= 2.0 * measured;
        assert!(near, "{activation} {direction}: the budget is {budget}, and only {measured} was measured");
    }
}

fn key(case: &Case) -> (String, String) {
    (case.name().to_owned(), case.direction_name())
}

/// The largest error of each direction, and the input it is at, as they were written.
fn over_every_f32() -> HashMap<(String, String), (f64, String)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [activation, direction] = [0, 1].map(|field: usize| fields[field].to_owned());
        ((activation, direction), (fields[4].parse().unwrap(), fields[5].to_owned()))
    };
    page("tests/data/measured.csv").lines().skip(1).map(line).collect()
}

#[test]
fn the_page_of_every_f32_has_all_that_was_measured() {
    let measured = over_every_f32();
    let mut table =
        "| activation | direction | budget | largest error, ULP | at |\n|---|---|---:|---:|---:|\n"
            .to_owned();
    for case in Kind::ALL.iter().flat_map(|kind| Case::all(kind.samples()[0])) {
        let (name, direction) = key(&case);
        if let Some((ulp, at)) = measured.get(&(name.clone(), direction.clone())) {
            table += &format!("| `{name}` | {direction} | {} | {ulp} | {at} |\n", case.bound().ulp);
        }
    }
    assert_generated("docs/every-f32.md", "<!-- every f32:", &table);
}

#[test]
fn the_readme_has_what_every_f32_measured() {
    let measured = over_every_f32();
    let readme = page("README.md");
    let table = readme.split_once("| every f32, llvmpipe: ULP |").unwrap().1;
    let lines: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(lines.len() >= 8, "{lines:?}");
    for line in lines {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let case = (cells[1].trim_matches('`').to_owned(), cells[2].to_owned());
        assert_eq!(cells[4].parse(), Ok(measured[&case].0), "README.md: {line}");
    }
}

/// What `verify` measures with the parameters that exhaustive runs take.
fn on_the_grid(kinds: &[Kind]) -> Vec<((String, String), f64)> {
    if kinds.is_empty() {
        return Vec::new();
    }
    let names = kinds.iter().map(|kind| kind.name());
    // An eighth of the grid comes as near to the largest error as twice it, which is all that is asked.
    let options = ["verify", "--elementwise", "--inputs", "131072", "--json", "-"];
    let arguments: Vec<&str> = options.into_iter().chain(names).collect();
    let report: Report = serde_json::from_str(&succeed(&arguments).stdout).unwrap();
    let first: Vec<String> = kinds.iter().map(|kind| kind.samples()[0].to_string()).collect();
    let checks = report.checks.into_iter().filter(|check| first.contains(&check.parameters));
    checks.map(|check| ((check.activation, check.direction), check.max_ulp)).collect()
}
