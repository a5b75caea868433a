//! wgpu-activations in the frames of other crates, as short as it can be. docs/embedding.md shows these files.

#[cfg(feature = "bevy")]
pub mod bevy;
#[cfg(feature = "cubecl")]
pub mod cubecl;
pub mod egui;
pub mod profiler;
