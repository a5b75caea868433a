//! Files that take the place of the library's at run time.

use crate::error::Error;
use crate::operation::Gate;
use crate::shader::library::{file_of, math_folders, needs};
use crate::storage::Storage;
use crate::table::Kind;

/// WGSL files that take the place of the library's own: a change to one is tried without compiling anything. None at first.
///
/// ```
/// use wgpu_activations::Shaders;
/// let mut shaders = Shaders::default();
/// shaders.replace("activations/relu", "// needs: nan\nfn act_relu(x: f32) -> f32 { return 2.0 * x; }")?;
/// # Ok::<(), wgpu_activations::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shaders {
    files: Vec<File>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    name: String,
    /// The library's file of this name; `None` for one of `math/` that is new.
    built_in: Option<&'static str>,
    text: String,
}

impl Shaders {
    /// The folders of `shaders/` whose files may be replaced.
    pub fn folders() -> impl Iterator<Item = &'static str> {
        ["activations", "gates"]
            .into_iter()
            .chain(math_folders(Storage::F16).iter().rev().map(|(folder, _)| *folder))
    }

    /// Puts this text in the place of a file in `shaders/`. Names are as there, without the ending: `activations/relu`,
    /// `gates/product`, `math/exp`, `math/short/exp`, `math/short/f16/factors`. One of math's may be new: others name it after `// needs:`.
    ///
    /// # Errors
    /// [`Error::UnknownShader`] if no activation or gate has such a file.
    pub fn replace(&mut self, name: &str, text: impl Into<String>) -> Result<(), Error> {
        let built_in = built_in(name);
        if built_in.is_none() && !is_math(name) {
            return Err(Error::UnknownShader { name: name.to_owned() });
        }
        self.files.retain(|file| file.name != name);
        self.files.push(File { name: name.to_owned(), built_in, text: text.into() });
        Ok(())
    }

    /// The files that are not as the library has them.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter(|file| file.built_in != Some(&file.text)).map(|file| &*file.name)
    }

    /// A composed text with these files in place of the library's, and with what they need besides; `precision` is what its results are
    /// rounded to. (In WGSL, no order of functions matters.)
    pub(crate) fn applied_to(&self, mut text: String, precision: Storage) -> String {
        let directive = text.split_inclusive('\n').next().filter(|line| line.starts_with("enable "));
        let directive = directive.unwrap_or_default().to_owned();
        text.drain(..directive.len());
        for file in &self.files {
            if let Some(replaced) = self.replaced_by(file, precision) {
                text = text.replace(replaced, &file.text);
            }
        }
        while let Some(missing) = self.missing_in(&text, precision) {
            text = format!("{missing}\n{text}");
        }
        directive + &text
    }

    /// What of the library's a file takes the place of. One of math hides the longer forms of its name, the library's and these files' own.
    fn replaced_by(&self, file: &File, precision: Storage) -> Option<&'static str> {
        if !is_math(&file.name) {
            return file.built_in;
        }
        let (folder, name) = file.name.rsplit_once('/')?;
        let folders = math_folders(precision);
        let at = folders.iter().position(|(own, _)| *own == folder)?;
        let hidden = folders[..at].iter().any(|(folder, _)| self.has(folder, name));
        let of_library = folders[at..].iter().find_map(|(_, files)| file_of(files, name));
        of_library.filter(|_| !hidden)
    }

    fn has(&self, folder: &str, name: &str) -> bool {
        self.files.iter().any(|file| file.name.rsplit_once('/') == Some((folder, name)))
    }

    fn missing_in(&self, text: &str, precision: Storage) -> Option<&str> {
        needs(text).filter_map(|name| self.math(name, precision)).find(|source| !text.contains(source))
    }

    /// The file of math of this name.
    fn math(&self, name: &str, precision: Storage) -> Option<&str> {
        math_folders(precision).iter().find_map(|(folder, files)| {
            let own = self.files.iter().find(|file| file.name.rsplit_once('/') == Some((folder, name)));
            own.map(|file| &*file.text).or_else(|| file_of(files, name))
        })
    }
}

fn built_in(name: &str) -> Option<&'static str> {
    let (folder, name) = name.rsplit_once('/')?;
    match folder {
        "activations" => Kind::ALL.iter().find(|kind| kind.name() == name).map(|kind| kind.row().wgsl),
        "gates" => {
            let mut rows = Gate::NAMED.iter().map(|named| named.gate.kind().row());
            rows.find(|row| row.name == name).map(|row| row.wgsl)
        }
        _ => {
            let (_, files) = math_folders(Storage::F16).iter().find(|(math, _)| *math == folder)?;
            file_of(files, name)
        }
    }
}

/// Whether a file of this name may be one of math.
fn is_math(name: &str) -> bool {
    let folder = name.rsplit_once('/').map(|(folder, _)| folder);
    math_folders(Storage::F16).iter().any(|(math, _)| Some(*math) == folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::shader::library::{self, files_of, library};

    fn shaders(files: &[(&str, &str)]) -> Shaders {
        let mut shaders = Shaders::default();
        for (name, text) in files {
            shaders.replace(name, *text).unwrap();
        }
        shaders
    }

    #[test]
    fn a_file_takes_the_place_of_the_librarys_and_brings_what_it_needs() {
        let library = library(&[Kind::Relu]);
        let own = "// needs: nan exp new\nfn act_relu() {}\n";
        let new = "// needs: split\nfn math_new() {}\n";
        let text = shaders(&[("activations/relu", own), ("math/new", new)])
            .applied_to(library.clone(), Storage::F32);
        assert!(!text.contains(Kind::Relu.row().wgsl));
        for once in [own, new, built_in("math/nan").unwrap(), built_in("math/exp").unwrap()] {
            assert_eq!(text.matches(once).count(), 1, "{once}");
        }
        assert_eq!(
            text.matches("fn math_split").count(),
            built_in("math/split").unwrap().matches("fn math_split").count()
        );
        assert_eq!(Shaders::default().applied_to(library.clone(), Storage::F32), library);
    }

    /// Of one name a kernel has one form, the shortest that its precision allows, whichever are new (nan has no short one, tanh none for f16).
    #[test]
    fn of_several_forms_of_a_file_the_shortest_serves() {
        for (name, count) in [("tanh", 2), ("tanh", 3), ("nan", 2), ("nan", 3)] {
            let forms = ["math", "math/short", "math/short/f16"].map(|folder| format!("{folder}/{name}"));
            let mut files: Vec<_> = forms.iter().map(|form| (&**form, &**form)).take(count).collect();
            for (precision, served) in [(Storage::F32, 0), (Storage::Bf16, 1), (Storage::F16, count - 1)] {
                let library = files_of(&[Kind::Tanh.row().wgsl], precision).join("\n");
                for _ in 0..2 {
                    let text = shaders(&files).applied_to(library.clone(), precision);
                    let lines: Vec<&str> =
                        text.lines().filter(|line| forms.iter().any(|form| form == line)).collect();
                    assert_eq!(lines, [&forms[served]], "{precision}: {files:?}");
                    assert!(
                        !text.contains(library::math(name, precision).unwrap()),
                        "{precision}: {files:?}"
                    );
                    files.reverse();
                }
            }
        }
    }

    #[test]
    fn a_file_of_another_activation_changes_nothing() {
        let library = library(&[Kind::Relu]);
        assert_eq!(
            shaders(&[("activations/tanh", "fn act_tanh() {}")]).applied_to(library.clone(), Storage::F32),
            library
        );
    }

    #[test]
    fn what_is_as_it_was_is_not_changed_and_what_there_is_not_is_refused() {
        let relu = Kind::Relu.row().wgsl;
        let shaders = shaders(&[("activations/relu", relu), ("gates/product", ""), ("math/new", "")]);
        assert_eq!(shaders.changed().collect::<Vec<_>>(), ["gates/product", "math/new"]);
        for name in ["activations/rulu", "gates/relu", "shells/sum", "relu", ""] {
            let error = Shaders::default().replace(name, "").unwrap_err();
            assert_eq!(error, Error::UnknownShader { name: name.to_owned() });
        }
    }
}
