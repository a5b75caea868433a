//! Kernels as text, and steps as data: no wgpu, no device.
//!
//! [`Planner`] takes what a kernel is bound to, in buffers of any kind, and a device's limits as numbers. It makes every check that the
//! host layer makes, and says which dispatches to record: the text of each shader, its bindings, the bytes of its uniform, and how many
//! workgroups. So any WebGPU can run the library's kernels: a wgpu that has no module here, one from Python, a browser's from JavaScript.
//! The host layer itself makes wgpu's objects of these plans, and nothing else.
//!
//! ```
//! use wgpu_activations::plan::{Buffer, Limits, Planner, Span};
//! use wgpu_activations::{Activation, Direction, Kind, Storage, Target};
//!
//! let planner = Planner::new(Limits::default(), Target::GPU);
//! let [x, y] = [0, 1].map(|number| Buffer { number, bytes: 4096 });
//! let act = Activation::leaky_relu(0.2)?;
//! let forward = (act.kind(), Direction::Forward, Storage::F32);
//! let step = planner.step(forward, act, &[Span::all(&x).into()], Span::all(&y))?;
//! for dispatch in step.dispatches() {
//!     let shader = dispatch.wgsl(); // a module, and of it a compute pipeline of the entry point `main`
//!     let uniform = dispatch.uniform(); // binding 0: a uniform buffer of these bytes
//!     for binding in dispatch.bindings() {
//!         // binding.number: so many bytes from an offset of a buffer on
//!     }
//!     let [columns, rows, _] = dispatch.workgroups(); // dispatchWorkgroups(columns, rows)
//! #   assert!(shader.contains("act_leaky_relu") && uniform.len() == 416 && (columns, rows) == (1, 1));
//! }
//! # Ok::<(), wgpu_activations::Error>(())
//! ```
//!
//! [`kernel_source`](crate::kernel_source) is the text alone, of a kernel over aligned buffers of their own; [`library`](crate::library),
//! [`Activation::wgsl`](crate::Activation::wgsl), [`Gate::wgsl`](crate::Gate::wgsl) and [`Storage::wgsl`](crate::Storage::wgsl) are
//! functions for shaders of your own, and [`Activation::call`](crate::Activation::call) writes what calls them.

pub(crate) mod bound;
mod dispatches;
mod job;
mod limits;
mod names;
mod planner;
pub(crate) mod rows;
pub(crate) mod segments;
pub(crate) mod sums;

pub use crate::operand::{Form, Memory, Operand, Parameters, Span};
pub use dispatches::Holder;
#[cfg(feature = "_host")]
pub(crate) use dispatches::{Dispatches, Planned, Resource, Scratch, dispatches};
#[cfg(feature = "_host")]
pub(crate) use job::Job;
pub use job::{Field, UNIFORM};
pub use limits::Limits;
pub use planner::{Binding, Buffer, Dispatch, Planner, Step};
pub(crate) use segments::{Extent, Region, Segment, grid, segments, word_count};
