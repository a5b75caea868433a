//! A step as data, for a host without Rust: what the command's `plan` prints, and the page beside other libraries measures.
//! `examples/javascript/step.js` dispatches it.

use serde::Serialize;
use wgpu_activations::plan::{Binding, Buffer, Dispatch, Holder, Step};

/// What to dispatch, one after the other.
#[derive(Debug, Clone, Serialize)]
pub struct Dispatches {
    /// Of a buffer that the step needs for itself, all zeros before it first runs.
    scratch_bytes: u64,
    dispatches: Vec<Dispatched>,
}

#[derive(Debug, Clone, Serialize)]
struct Dispatched {
    label: String,
    wgsl: String,
    entry_point: &'static str,
    workgroups: [u32; 3],
    /// Binding 0, in little-endian words.
    uniform: Vec<u32>,
    bindings: Vec<Bound>,
}

/// A storage buffer that is bound, in WebGPU's terms.
#[derive(Debug, Clone, Serialize)]
struct Bound {
    binding: u32,
    /// The name of an operand, or `scratch`.
    buffer: String,
    offset: u64,
    size: u64,
    r#type: &'static str,
    min_binding_size: u64,
}

impl Dispatches {
    /// Those of a step over buffers with these names, in the order of their numbers.
    #[must_use]
    pub fn of(step: &Step<'_, Buffer>, names: &[&str]) -> Self {
        let dispatches = step.dispatches().map(|dispatch| Dispatched::of(&dispatch, names)).collect();
        Self { scratch_bytes: step.scratch_bytes(), dispatches }
    }
}

impl Dispatched {
    fn of(dispatch: &Dispatch<'_, '_, Buffer>, names: &[&str]) -> Self {
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        Self {
            label: dispatch.label(),
            wgsl: dispatch.wgsl(),
            entry_point: "main",
            workgroups: dispatch.workgroups(),
            uniform: dispatch.uniform().chunks(4).map(word).collect(),
            bindings: dispatch.bindings().map(|binding| Bound::of(&binding, names)).collect(),
        }
    }
}

impl Bound {
    fn of(binding: &Binding<'_, Buffer>, names: &[&str]) -> Self {
        let buffer = match binding.holder {
            Holder::Given(buffer) => names[buffer.number as usize],
            Holder::Scratch => "scratch",
        };
        Self {
            binding: binding.number,
            buffer: buffer.to_owned(),
            offset: binding.offset,
            size: binding.size,
            r#type: if binding.read_only { "read-only-storage" } else { "storage" },
            min_binding_size: binding.min_size,
        }
    }
}
