//! Where a tensor lies: a file, or a tensor of one that holds several.

use std::fmt;
use std::path::{Path, PathBuf};

/// As the command line has it: `x.npy`, `model.safetensors:layer.0.up`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file of one tensor. Whatever is not called otherwise is one.
    Npy(PathBuf),
    /// A file of several, and the name of one.
    Safetensors { path: PathBuf, tensor: Option<String> },
}

const EXTENSION: &str = ".safetensors";

impl Place {
    pub(crate) fn new(argument: &Path) -> Self {
        let text = argument.to_string_lossy();
        // In capitals, too: both have as many bytes.
        let lower = text.to_ascii_lowercase();
        // A folder may be called so, too, and a drive's letter has a colon.
        let named = lower.rfind(".safetensors:").map(|at| text.split_at(at + EXTENSION.len()));
        match named {
            Some((path, tensor)) => {
                Self::Safetensors { path: PathBuf::from(path), tensor: Some(tensor[1..].to_owned()) }
            }
            None if lower.ends_with(EXTENSION) => {
                Self::Safetensors { path: argument.to_owned(), tensor: None }
            }
            None => Self::Npy(argument.to_owned()),
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Npy(path) | Self::Safetensors { path, .. } => path,
        }
    }
}

/// As the user wrote it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)?;
        match self {
            Self::Safetensors { tensor: Some(tensor), .. } => write!(f, ":{tensor}"),
            _ => Ok(()),
        }
    }
}
