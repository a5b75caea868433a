//! `--shaders`: WGSL that is read when the command runs, in place of what was built into it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use wgpu_activations::Shaders;

/// The files of a folder that is laid out as `shaders/` is. What it lacks is the library's.
pub(super) fn read(folder: &Path) -> Result<Shaders> {
    let mut shaders = Shaders::default();
    let mut files = 0;
    for part in Shaders::folders() {
        for path in wgsl_files(&folder.join(part))? {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            shaders.replace(&format!("{part}/{stem}"), text).with_context(|| path.display().to_string())?;
            files += 1;
        }
    }
    let shown = folder.display();
    ensure!(files > 0, "{shown} has no activations/NAME.wgsl, gates/NAME.wgsl or math/NAME.wgsl");
    Ok(shaders)
}

/// Those of a folder, if there is one; in any order.
fn wgsl_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let context = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(context)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let wgsl = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wgsl");
    Ok(paths.with_context(context)?.into_iter().filter(wgsl).collect())
}

/// What is not the library's, in words: figures of other shaders are no figures of this build.
pub(super) fn describe(shaders: &Shaders, folder: &Path) -> String {
    let changed: Vec<&str> = shaders.changed().collect();
    let list = if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") };
    format!("shaders from {}: changed is {list}", folder.display())
}
