//! Every link and picture of the documents leads somewhere: in the repository, and on docs.rs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A document's links, code left out.
#[derive(Default)]
struct Links {
    /// `[text](target)`
    inline: Vec<String>,
    /// `[text][label]`
    labels: BTreeSet<String>,
    /// `[label]: target`
    definitions: BTreeMap<String, String>,
}

/// Where docs.rs shows the files of a package.
const PACKAGE: &str = "https://docs.rs/crate/wgpu-activations/latest/source/";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Markdown without blocks and pieces of code, in which brackets are no links.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut prose = String::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        if !fence && !is_code {
            prose += line;
            prose.push('\n');
        }
    }
    prose.split('`').step_by(2).collect::<Vec<_>>().join("code")
}

impl Links {
    fn of(text: &str) -> Self {
        let mut links = Self::default();
        let prose = prose(text);
        for line in prose.lines() {
            match line.strip_prefix('[').and_then(|line| line.split_once("]: ")) {
                Some((label, target)) => {
                    links.definitions.entry(label.to_owned()).or_insert_with(|| target.to_owned());
                }
                None => links.read(line),
            }
        }
        links
    }

    fn read(&mut self, line: &str) {
        let until = |part: &str, end| part.split_once(end).map(|(inside, _)| inside.to_owned());
        self.inline.extend(line.split("](").skip(1).filter_map(|part| until(part, ')')));
        self.labels.extend(line.split("][").skip(1).filter_map(|part| until(part, ']')));
    }

    /// The targets that are used.
    fn targets(&self, path: &str) -> Vec<&str> {
        let defined = |label: &String| match self.definitions.get(label) {
            Some(target) => target.as_str(),
            None => panic!("{path}: [{label}] is not defined"),
        };
        self.inline.iter().map(String::as_str).chain(self.labels.iter().map(defined)).collect()
    }
}

/// A heading's anchor, as rustdoc and the hosts of repositories make it.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let lower = heading.to_lowercase();
        let kept = lower.chars().filter(|it| it.is_alphanumeric() || " -_".contains(*it));
        kept.map(|it| if it == ' ' { '-' } else { it }).collect()
    };
    headings.map(anchor).collect()
}

fn documents() -> Vec<String> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap();
    let names = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}"));
    pages.chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned)).collect()
}

#[test]
fn every_link_leads_to_a_file_of_the_repository_and_a_heading_of_it() {
    let mut seen = 0;
    for path in documents() {
        let text = read(&path);
        let links = Links::of(&text);
        for target in links.targets(&path).into_iter().filter(|target| !target.starts_with("https://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = root().join(&path).parent().unwrap().join(file);
            let page = if target.starts_with('#') { text.clone() } else { String::new() };
            let page = if page.is_empty() && !anchor.is_empty() {
                std::fs::read_to_string(&file).unwrap()
            } else {
                page
            };
            assert!(target.starts_with('#') || file.exists(), "{path}: {target} is not there");
            assert!(anchor.is_empty() || anchors(&page).contains(anchor), "{path}: {target} is no heading");
            seen += 1;
        }
        for label in links.definitions.keys() {
            assert!(links.labels.contains(label), "{path}: [{label}] is defined and not used");
        }
    }
    assert!(seen > 80, "{seen} links");
}

/// What rustdoc shows of the documents: each with the definitions before it, which go before its own. Paths of Rust are rustdoc's to check.
#[test]
fn every_link_leads_somewhere_on_docs_rs() {
    let mut seen = 0;
    for source in ["src/lib.rs", "src/guide.rs"] {
        let text = read(source);
        let mut before = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(line) = line.strip_prefix("//! ") {
                before += line;
                before.push('\n');
            } else if let Some(file) = line.strip_prefix("#![doc = include_str!(\"../") {
                let path = file.trim_end_matches("\")]");
                check_on_docs_rs(path, &Links::of(&before));
                before.clear();
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen} documents");
}

fn check_on_docs_rs(path: &str, before: &Links) {
    let text = read(path);
    let mut links = Links::of(&text);
    for label in before.definitions.keys() {
        assert!(links.labels.contains(label), "{path} does not use [{label}], which stands before it");
    }
    links.definitions.extend(before.definitions.clone());
    for target in links.targets(path) {
        if let Some(file) = target.strip_prefix(PACKAGE) {
            assert!(root().join(file).exists() && is_packed(file), "{path}: {file} is not in the package");
        } else {
            let resolves = ["https://", "crate::"].iter().any(|begin| target.starts_with(begin));
            let here = target.strip_prefix('#').is_some_and(|anchor| anchors(&text).contains(anchor));
            assert!(resolves || here, "{path}: {target} leads nowhere on docs.rs: define it in src/guide.rs");
        }
    }
}

/// Whether one of the package's patterns has the file: `/docs/**/*.svg`, or a name.
fn is_packed(file: &str) -> bool {
    let manifest = read("Cargo.toml");
    let list = manifest.split_once("\ninclude = [").unwrap().1.split_once(']').unwrap().0;
    let mut patterns = list.split('"').skip(1).step_by(2).map(|pattern| pattern.trim_start_matches('/'));
    patterns.any(|pattern| match pattern.split_once("**/*") {
        Some((begin, end)) => file.starts_with(begin) && file.ends_with(end),
        None => file == pattern,
    })
}
