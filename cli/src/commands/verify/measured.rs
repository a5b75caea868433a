//! `tests/data/measured.csv`: what exhaustive runs measured, for the test that no budget is far above it.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wgpu_activations::Kind;
use wgpu_activations::verify::{Check, Report};

use crate::commands::verify::rows;

const HEAD: &str = "activation,direction,storage,inputs,max_ulp,worst_input\n";

/// What the file holds so far; no file is one without lines.
pub(super) fn read(path: &Path) -> Result<String> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => HEAD.to_owned(),
        text => text.with_context(|| format!("cannot read {}", path.display()))?.replace("\r\n", "\n"),
    };
    ensure!(text.starts_with(HEAD), "{} is no file of --measured: it begins otherwise", path.display());
    Ok(text)
}

/// One line for each direction of an activation by itself, in the table's order: those of the report, and of activations that it does
/// not have, those that were there.
pub(super) fn merged(report: &Report, old: &str) -> String {
    let mut lines: HashMap<&str, String> = HashMap::new();
    for line in old.lines().skip(1) {
        let of_activation = lines.entry(line.split(',').next().unwrap_or_default()).or_default();
        *of_activation += &format!("{line}\n");
    }
    let checks: Vec<&Check> = report.checks.iter().filter(|check| check.is_elementwise()).collect();
    for check in &checks {
        lines.insert(&check.activation, String::new());
    }
    for Check { activation, direction, storage, inputs, max_ulp, worst_input, .. } in checks {
        let max_ulp = rows::rounded_up(*max_ulp);
        let of_activation = lines.entry(activation).or_default();
        let _ =
            writeln!(of_activation, "{activation},{direction},{storage},{inputs},{max_ulp},{worst_input:e}");
    }
    let lines = Kind::ALL.iter().filter_map(|kind| lines.remove(kind.name()));
    HEAD.to_owned() + &lines.collect::<String>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use wgpu_activations::cpu::Cpu;
    use wgpu_activations::verify::{self, Options};

    use super::*;

    #[test]
    fn lines_of_what_was_run_are_new_and_others_stay() {
        let mut options = Options::default();
        options.inputs = 1 << 10;
        let report = verify::run_blocking(&Cpu::new(), &[Kind::Relu], &options, |_| {}).unwrap();
        let tanh = "tanh,forward,f32,4296281299,1.323,5.5676764e-1\n";
        let old = format!("{HEAD}relu,forward,f32,1,7,0e0\ngone,forward,f32,1,7,0e0\n{tanh}");
        let text = merged(&report, &old);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        for (line, direction) in
            lines[1..].iter().zip(["forward", "backward", "backward_from_output", "second"])
        {
            assert!(line.starts_with(&format!("relu,{direction},f32,")) && !line.contains(",7,"), "{text}");
        }
        assert!(text.ends_with(tanh), "{text}");
        assert_eq!(merged(&report, &text), text);
    }

    #[test]
    fn a_file_that_is_another_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "something else\n").unwrap();
        assert!(read(file.path()).is_err());
        fs::remove_file(file.path()).unwrap();
        assert_eq!(read(file.path()).unwrap(), HEAD);
    }
}
