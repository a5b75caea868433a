//! Composes WGSL: plain text, put together from the files in `shaders/`, with the glue between them generated. Pure: no GPU.

mod call;
mod kernel;
mod layout;
mod library;
mod program;
#[cfg(feature = "_host")]
mod shaders;
mod shell;
mod spec;
mod target;
#[cfg(test)]
mod translate;

pub use kernel::kernel_source;
pub(crate) use layout::{Access, Layout};
pub use library::library;
#[cfg(feature = "verify")]
pub(crate) use library::library_of;
pub(crate) use program::Program;
#[cfg(feature = "verify")]
pub(crate) use program::{arguments_in, call};
#[cfg(feature = "_host")]
pub use shaders::Shaders;
pub(crate) use shell::{Division, Matrix, RowWord, Shell};
pub use spec::Spec;
pub use target::Target;
