//! Files that take the place of the library's at run time.

use crate::error::Error;
use crate::operation::Gate;
use crate::shader::library::{MATH, needs};
use crate::table::Kind;

/// WGSL files that take the place of the library's own: a change to one is tried without compiling anything. None at first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shaders {
    files: Vec<File>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct File {
    name: String,
    /// What it takes the place of; `None` for one of `math/` that is new.
    built_in: Option<&'static str>,
    text: String,
}

impl Shaders {
    /// Puts this text in the place of a file in `shaders/`. Names are as there, without the ending: `activations/relu`,
    /// `gates/product`, `math/exp`. One of `math/` may be new: others name it after `// needs:`.
    ///
    /// # Errors
    /// [`Error::UnknownShader`] if no activation or gate has such a file.
    pub fn replace(&mut self, name: &str, text: impl Into<String>) -> Result<(), Error> {
        let built_in = built_in(name);
        if built_in.is_none() && !name.starts_with("math/") {
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

    /// A composed text with these files in place of the library's, and with what they need besides. (In WGSL, no order of functions
    /// matters.)
    pub(crate) fn applied_to(&self, mut text: String) -> String {
        for file in &self.files {
            if let Some(built_in) = file.built_in {
                text = text.replace(built_in, &file.text);
            }
        }
        while let Some(missing) = self.missing_in(&text) {
            text = format!("{missing}\n{text}");
        }
        text
    }

    fn missing_in(&self, text: &str) -> Option<&str> {
        needs(text).filter_map(|name| self.math(name)).find(|source| !text.contains(source))
    }

    /// A file of `math/`.
    fn math(&self, name: &str) -> Option<&str> {
        let own = self.files.iter().find(|file| file.name.strip_prefix("math/") == Some(name));
        own.map(|file| &*file.text).or_else(|| built_in_math(name))
    }
}

fn built_in(name: &str) -> Option<&'static str> {
    let (folder, name) = name.split_once('/')?;
    match folder {
        "activations" => Kind::ALL.iter().find(|kind| kind.name() == name).map(|kind| kind.row().wgsl),
        "gates" => {
            let mut rows = Gate::NAMED.iter().map(|named| named.gate.kind().row());
            rows.find(|row| row.name == name).map(|row| row.wgsl)
        }
        "math" => built_in_math(name),
        _ => None,
    }
}

fn built_in_math(name: &str) -> Option<&'static str> {
    MATH.iter().find(|(math, _)| *math == name).map(|(_, source)| *source)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::shader::library;

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
        let text = shaders(&[("activations/relu", own), ("math/new", new)]).applied_to(library.clone());
        assert!(!text.contains(Kind::Relu.row().wgsl));
        for once in [own, new, built_in_math("nan").unwrap(), built_in_math("exp").unwrap()] {
            assert_eq!(text.matches(once).count(), 1, "{once}");
        }
        assert_eq!(
            text.matches("fn math_split").count(),
            built_in_math("split").unwrap().matches("fn math_split").count()
        );
        assert_eq!(Shaders::default().applied_to(library.clone()), library);
    }

    #[test]
    fn a_file_of_another_activation_changes_nothing() {
        let library = library(&[Kind::Relu]);
        assert_eq!(shaders(&[("activations/tanh", "fn act_tanh() {}")]).applied_to(library.clone()), library);
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
