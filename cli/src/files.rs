//! Files that are written wholly or not at all: beside the target first, then renamed over it.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use tempfile::{NamedTempFile, TempPath};

use crate::{interrupt, terminal};

/// A file to write, checked: its folder is there and takes new files, and nothing but a writable file is replaced.
#[derive(Debug)]
pub(crate) struct Target {
    /// As the user wrote it.
    shown: PathBuf,
    /// Without links: a rename would replace the link, not the file.
    path: PathBuf,
    folder: PathBuf,
    replaced: Option<fs::Metadata>,
}

impl Target {
    /// Whatever can be known to fail fails here, before any work is done.
    pub(crate) fn new(shown: &Path) -> Result<Self> {
        Self::check(shown).with_context(|| format!("cannot write {}", shown.display()))
    }

    fn check(shown: &Path) -> Result<Self> {
        // Nobody means a file of that name.
        ensure!(!is_standard_output(shown), "only --json goes to standard output: name a file");
        let path = resolve(shown)?;
        let folder = path.parent().context("it is no file")?.to_owned();
        let replaced = fs::metadata(&path).ok();
        if let Some(metadata) = &replaced {
            ensure!(metadata.is_file(), "it exists and is no file");
            ensure!(!metadata.permissions().readonly(), "it exists and is read-only");
        }
        let target = Self { shown: shown.to_owned(), path, folder, replaced };
        target.stage()?;
        Ok(target)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether both are the same file.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.path == other.path
    }

    /// An empty file beside the target. It is gone when it is dropped, or the process interrupted.
    fn stage(&self) -> Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".wgpu-activations-");
        // tempfile's own choice is for the owner alone; this leaves it to the umask, as for any new file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let staged = interrupt::removed(|| builder.tempfile_in(&self.folder))?;
        if let Some(metadata) = &self.replaced {
            staged.as_file().set_permissions(metadata.permissions())?;
        }
        Ok(staged)
    }

    /// What is there now, beside it, until it is dropped.
    fn keep(&self) -> Result<Option<TempPath>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let kept = self.stage()?.into_temp_path();
        fs::copy(&self.path, &kept)?;
        Ok(Some(kept))
    }

    /// Its content to come, beside it until [`place`] puts it there.
    pub(crate) fn begin(&self) -> Result<Staged<'_>> {
        let staged = self.stage().with_context(|| cannot_write(self))?;
        Ok(Staged { target: self, writer: BufWriter::new(staged) })
    }
}

/// What a target will hold, as far as it is written. It is gone when it is dropped.
pub(crate) struct Staged<'a> {
    target: &'a Target,
    writer: BufWriter<NamedTempFile>,
}

impl Staged<'_> {
    /// Writes more of it.
    pub(crate) fn write(&mut self, content: &Content<'_>) -> Result<()> {
        content(&mut self.writer).with_context(|| cannot_write(self.target))
    }

    fn complete(self) -> Result<NamedTempFile> {
        Ok(self.writer.into_inner().map_err(io::IntoInnerError::into_error)?)
    }
}

fn cannot_write(target: &Target) -> String {
    format!("cannot write {target}")
}

/// As the user wrote it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.display().fmt(f)
    }
}

/// What goes into a file.
pub(crate) type Content<'a> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'a;

/// The file that `shown` leads to, whether it exists or not.
fn resolve(shown: &Path) -> Result<PathBuf> {
    if fs::symlink_metadata(shown).is_ok() {
        return fs::canonicalize(shown).context("it is a link that leads nowhere");
    }
    let name = shown.file_name().context("it names no file")?;
    let folder = match shown.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let resolved = fs::canonicalize(folder).with_context(|| format!("its folder {}", folder.display()))?;
    ensure!(resolved.is_dir(), "{} is no folder", folder.display());
    Ok(resolved.join(name))
}

fn is_standard_output(argument: &Path) -> bool {
    argument == Path::new("-")
}

/// Two outputs in one file would leave only the second, unless each has a name of its own in it.
pub(crate) fn check_distinct<'a>(
    targets: impl IntoIterator<Item = (&'a Target, Option<&'a str>)>,
) -> Result<()> {
    let mut seen: Vec<(&Target, Option<&str>)> = Vec::new();
    for (target, part) in targets {
        let same = seen.iter().find(|(earlier, other)| earlier.is(target) && *other == part);
        match (same, part) {
            (None, _) => {}
            (Some((same, _)), None) => {
                bail!("{same} and {target} are the same file: each output needs its own")
            }
            (Some((same, _)), Some(name)) => {
                bail!("{same} would have two tensors called {name}: each output needs its own")
            }
        }
        seen.push((target, part));
    }
    Ok(())
}

/// Writes all the files, or none: every one is complete beside its target before the first takes its place.
pub(crate) fn write(files: &[(&Target, Box<Content<'_>>)]) -> Result<()> {
    let staged = files.iter().map(|(target, content)| {
        let mut staged = target.begin()?;
        staged.write(content)?;
        Ok(staged)
    });
    place(staged.collect::<Result<_>>()?)
}

/// Puts all of them in the place of their targets, or none.
pub(crate) fn place(files: Vec<Staged<'_>>) -> Result<()> {
    let complete = files.into_iter().map(|staged| {
        let target = staged.target;
        Ok((target, staged.complete().with_context(|| cannot_write(target))?))
    });
    let complete = complete.collect::<Result<Vec<_>>>()?;
    let _held_back = interrupt::held_back();
    let mut placed = Vec::new();
    for (target, staged) in complete {
        let kept = target.keep().and_then(|kept| {
            staged.persist(&target.path)?;
            Ok(kept)
        });
        match kept {
            Ok(kept) => placed.push((target, kept)),
            Err(error) => {
                undo(placed);
                return Err(error).with_context(|| cannot_write(target));
            }
        }
    }
    Ok(())
}

/// Whether folders have room for targets that will have so many bytes. Where the system does not say, writing them will tell.
pub(crate) fn check_room(files: &[(&Target, u64)]) -> Result<()> {
    for (target, bytes) in files {
        let beside = files.iter().filter(|(other, _)| other.folder == target.folder);
        let wanted = beside.map(|(_, bytes)| bytes).fold(0, |sum: u64, bytes| sum.saturating_add(*bytes));
        let Some(room) = room(&target.folder) else { continue };
        ensure!(
            wanted <= room,
            "cannot write {target}: it takes {bytes} bytes, and its folder has room for {room}"
        );
    }
    Ok(())
}

/// Bytes that a user may write there.
#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let volume = rustix::fs::statvfs(folder).ok()?;
    Some(volume.f_bavail.saturating_mul(volume.f_frsize))
}

#[cfg(not(unix))]
fn room(_folder: &Path) -> Option<u64> {
    None
}

/// Puts back what was there before the files that were placed.
fn undo(placed: Vec<(&Target, Option<TempPath>)>) {
    for (target, kept) in placed {
        // Whatever fails here: the error that led here is the one to tell.
        let _ = match kept {
            Some(kept) => kept.persist(&target.path).map_err(Into::into),
            None => fs::remove_file(&target.path),
        };
    }
}

/// Where `--json` goes: a file, or standard output for `-`.
#[allow(clippy::large_enum_variant, reason = "there is one of these in a process")]
pub(crate) enum Json {
    StandardOutput,
    File(Target),
}

impl Json {
    /// The target, checked.
    pub(crate) fn new(argument: &Path) -> Result<Self> {
        if is_standard_output(argument) {
            Ok(Self::StandardOutput)
        } else {
            Target::new(argument).map(Self::File)
        }
    }

    /// The file, if it is one.
    pub(crate) fn target(&self) -> Option<&Target> {
        match self {
            Self::StandardOutput => None,
            Self::File(target) => Some(target),
        }
    }

    /// Whether standard output carries it, and nothing else.
    pub(crate) fn takes_standard_output(&self) -> bool {
        matches!(self, Self::StandardOutput)
    }

    /// Writes the value, indented, with a newline at its end.
    pub(crate) fn write(&self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value).context("cannot write JSON")? + "\n";
        match self {
            Self::StandardOutput => terminal::print(&text),
            Self::File(target) => write(&[(target, Box::new(|out| out.write_all(text.as_bytes())))]),
        }
    }
}

/// What a command writes beside the terminal: JSON, and texts. Checked before anything runs; the texts are written all, or none.
pub(crate) struct Outputs<const TEXTS: usize> {
    json: Option<Json>,
    texts: [Option<Target>; TEXTS],
}

impl<const TEXTS: usize> Outputs<TEXTS> {
    pub(crate) fn new(json: Option<&Path>, texts: [Option<&Path>; TEXTS]) -> Result<Self> {
        let json = json.map(Json::new).transpose()?;
        let mut targets = [const { None }; TEXTS];
        for (target, argument) in targets.iter_mut().zip(texts) {
            *target = argument.map(Target::new).transpose()?;
        }
        let files = json.as_ref().and_then(Json::target).into_iter().chain(targets.iter().flatten());
        check_distinct(files.map(|target| (target, None)))?;
        Ok(Self { json, texts: targets })
    }

    /// How the command speaks to its user: beside standard output where that is taken by the JSON.
    pub(crate) fn printer(&self) -> fn(&str) -> Result<()> {
        let beside = |text: &str| {
            terminal::print_beside(text);
            Ok(())
        };
        if self.json.as_ref().is_some_and(Json::takes_standard_output) { beside } else { terminal::print }
    }

    /// The JSON of a report, and of the texts those that are wanted.
    pub(crate) fn write(
        &self,
        report: &impl Serialize,
        texts: [&dyn Fn() -> Result<String>; TEXTS],
    ) -> Result<()> {
        if let Some(json) = &self.json {
            json.write(report)?;
        }
        let mut files: Vec<(&Target, Box<Content<'_>>)> = Vec::new();
        for (target, text) in self.texts.iter().zip(texts) {
            if let Some(target) = target {
                let text = text()?;
                files.push((target, Box::new(move |out| out.write_all(text.as_bytes()))));
            }
        }
        write(&files)
    }
}

/// A picture's path as a document finds it: both lie in one folder.
pub(crate) fn figure(markdown: Option<&Path>, plot: Option<&Path>) -> Result<Option<String>> {
    let (Some(markdown), Some(plot)) = (markdown, plot) else { return Ok(None) };
    ensure!(
        markdown.parent() == plot.parent(),
        "--markdown and --plot: the document shows the picture, so both belong into one folder"
    );
    Ok(plot.file_name().map(|name| name.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]
    use super::*;

    /// The second file cannot take its place: something came there after the check.
    #[test]
    fn what_was_written_is_undone_where_another_file_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("there"), "what was there").unwrap();
        let targets = ["there", "new", "blocked"].map(|name| Target::new(&path(name)).unwrap());
        fs::create_dir(path("blocked")).unwrap();
        let content = || -> Box<Content<'_>> { Box::new(|out| out.write_all(b"result")) };
        let files: Vec<_> = targets.iter().map(|target| (target, content())).collect();
        assert!(write(&files).unwrap_err().to_string().contains("blocked"));
        assert_eq!(fs::read_to_string(path("there")).unwrap(), "what was there");
        assert!(!path("new").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "something was left beside the files");
    }

    #[test]
    fn what_is_not_placed_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("there");
        fs::write(&path, "what was there").unwrap();
        let target = Target::new(&path).unwrap();
        let mut staged = target.begin().unwrap();
        staged.write(&|out| out.write_all(b"half of a result")).unwrap();
        drop(staged);
        assert_eq!(fs::read_to_string(path).unwrap(), "what was there");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn room_is_asked_for_all_files_of_a_folder_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| Target::new(&folder.path().join(name)).unwrap());
        check_room(&[(&a, 1), (&b, 1)]).unwrap();
        let Some(room) = room(folder.path()) else { return };
        let error = check_room(&[(&a, room), (&b, room)]).unwrap_err().to_string();
        assert!(error.contains("has room for"), "{error}");
    }
}
