//! The documentation says what the table says, of every activation, and shows pictures that are there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::path::{Path, PathBuf};

use wgpu_activations::Kind;

use crate::common::succeed;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap().replace("\r\n", "\n")
}

/// What stands between two comments.
fn section(page: &str, begin: &str, end: &str) -> String {
    let (_, rest) = page.split_once(begin).unwrap_or_else(|| panic!("no {begin}"));
    rest.split_once("-->\n").unwrap().1.split_once(end).unwrap_or_else(|| panic!("no {end}")).0.to_owned()
}

#[test]
fn the_readmes_table_is_the_commands() {
    let shown = section(&page("README.md"), "<!-- table:", "<!-- end of table -->");
    let table = succeed(&["list", "--markdown"]).stdout;
    assert!(shown == table, "put this into README.md:\n{table}");
    assert_eq!(table.lines().count(), Kind::ALL.len() + 2);
    assert!(table.lines().all(|line| line.matches('|').count() == 5), "{table}");
}

#[test]
fn the_guide_to_choosing_has_every_activation_once_with_two_lines() {
    let page = page("docs/choosing.md");
    let items: Vec<&str> = page.lines().filter(|line| line.starts_with("- `")).collect();
    let mut names: Vec<&str> = items.iter().map(|item| item.split('`').nth(1).unwrap()).collect();
    let mut expected: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for item in items {
        let (_, rest) = page.split_once(item).unwrap();
        let more: Vec<&str> = rest.lines().skip(1).take_while(|line| line.starts_with("  ")).collect();
        assert_eq!(more.len(), 1, "{item}");
    }
}

#[test]
fn the_numeric_rules_have_every_derivative_at_kinks() {
    let shown = section(&page("docs/numerics.md"), "<!-- kinks:", "<!-- end of kinks -->");
    let head = "| activation | derivative at its kinks |\n|---|---|\n".to_owned();
    let with_jumps = Kind::ALL.iter().filter(|kind| !kind.at_kinks().is_empty());
    let rows = with_jumps.map(|kind| format!("| `{kind}` | {} |\n", kind.at_kinks()));
    let table = head + &rows.collect::<String>();
    assert!(shown == table, "put this into docs/numerics.md:\n{table}");
}

#[test]
fn every_figure_is_there_and_shown() {
    let pages = page("README.md") + &page("docs/choosing.md").replace("](images/", "](docs/images/");
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
    let readme = page("README.md");
    let script = page("docs/images/examples/make.sh");
    let mut pictures = 0;
    for entry in std::fs::read_dir(root().join("docs/images/examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(name == "make.sh" || script.contains(stem), "{name} is not made by the script");
        if name.ends_with(".svg") || name.ends_with(".png") {
            assert!(
                readme.contains(&format!("]: docs/images/examples/{name}\n")),
                "the README does not show {name}"
            );
            assert!(path.metadata().unwrap().len() < 300_000, "{name} is too large for a README");
            pictures += 1;
        }
    }
    assert_eq!(readme.matches("docs/images/examples/").count(), pictures);
}
