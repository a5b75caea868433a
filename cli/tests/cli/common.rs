//! Runs the command, and makes and takes apart `.npy` files with code that shares nothing with the command's own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a run of the command left.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wgpu-activations"));
    command.args(arguments);
    command
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    Run::of(&command(arguments).output().unwrap())
}

/// Runs it, and shows what it said if it fails.
pub(crate) fn succeed(arguments: &[&str]) -> Run {
    let run = run(arguments);
    assert_eq!(run.status, Some(0), "{arguments:?}: {}", run.stderr);
    run
}

/// Runs it, and checks status and message.
pub(crate) fn fail(arguments: &[&str], status: i32, fragments: &[&str]) {
    run(arguments).check_failure(arguments, status, fragments);
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    pub(crate) fn check_failure(&self, arguments: &[&str], status: i32, fragments: &[&str]) {
        assert_eq!(self.status, Some(status), "{arguments:?}: {}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "", "{arguments:?}");
        for fragment in fragments {
            assert!(self.stderr.contains(fragment), "{arguments:?}: no {fragment:?} in {}", self.stderr);
        }
    }

    /// Fits a terminal of 100 columns, and has nothing that only a terminal understands.
    pub(crate) fn check_layout(&self) {
        for text in [&self.stdout, &self.stderr] {
            assert!(!text.contains('\x1b'), "{text:?}");
            assert!(!text.contains('\r'), "{text:?}");
        }
        let too_long = self.stdout.lines().find(|line| line.chars().count() > 100);
        assert_eq!(too_long, None);
    }
}

/// A folder of the test's own.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file; returns its path.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path().join(name), bytes).unwrap();
        self.file(name)
    }

    /// Writes an f32 file in C order; returns its path.
    pub(crate) fn tensor(&self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.write(name, &npy("<f4", false, shape, &data))
    }

    /// Every file with its bytes.
    pub(crate) fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = std::fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut contents: Vec<_> = entries
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect();
        contents.sort();
        contents
    }
}

/// A `.npy` file of version 1.0, as NumPy writes it.
pub(crate) fn npy(descr: &str, fortran: bool, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let shape = shape.iter().map(|length| format!("{length},")).collect::<Vec<_>>().join(" ");
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// What a little-endian f32 file holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

pub(crate) fn load(path: impl AsRef<Path>) -> Loaded {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let (header, data) = bytes[10..].split_at(length);
    let header = std::str::from_utf8(header).unwrap();
    assert!(header.contains("'descr': '<f4'"), "{header}");
    let shape = header.split_once("'shape': (").unwrap().1.split(')').next().unwrap();
    let lengths = shape.split(',').map(str::trim).filter(|length| !length.is_empty());
    assert_eq!(data.len() % 4, 0);
    Loaded {
        fortran: header.contains("'fortran_order': True"),
        shape: lengths.map(|length| length.parse().unwrap()).collect(),
        values: data.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect(),
    }
}

/// A backend that this system cannot have.
pub(crate) const NO_BACKEND: &str = if cfg!(target_os = "macos") { "dx12" } else { "metal" };
