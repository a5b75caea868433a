//! wgpu-activations in the frames of other crates, as short as it can be. docs/embedding.md shows these files.

pub mod bevy;
pub mod cubecl;
pub mod egui;
pub mod profiler;
