//! Softmax over the shapes that are measured, as JSON: shaders, bindings, uniforms and numbers of workgroups, as
//! `wgpu-activations plan` prints them for formulas, and `examples/javascript/step.js` dispatches them.

use anyhow::Result;
use measure::ROW_SHAPES;
use serde_json::{Value, json};
use wgpu_activations::plan::{Binding, Buffer, Dispatch, Holder, Limits, Planner, Span};
use wgpu_activations::{Axis, Softmax, Storage, Target};

fn main() -> Result<()> {
    println!("{}", Value::from(ROW_SHAPES.into_iter().map(plan).collect::<Result<Vec<_>>>()?));
    Ok(())
}

fn plan(shape: [u64; 3]) -> Result<Value> {
    let [outer, size, inner] = shape;
    let bytes = outer * size * inner * Storage::F32.bytes();
    let [x, y] = [0, 1].map(|number| Buffer { number, bytes });
    // What a page has: no limits but those of every device, and no way to tell a software adapter's words apart.
    let planner = Planner::new(Limits::default(), Target::GPU);
    let step =
        planner.softmax(Softmax::new(Axis::new(size, inner)), Storage::F32, Span::all(&x), Span::all(&y))?;
    let dispatches: Vec<Value> = step.dispatches().map(|dispatch| dispatched(&dispatch)).collect();
    Ok(json!({ "shape": shape, "scratch_bytes": step.scratch_bytes(), "dispatches": dispatches }))
}

fn dispatched(dispatch: &Dispatch<'_, '_, Buffer>) -> Value {
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    json!({
        "wgsl": dispatch.wgsl(),
        "entry_point": "main",
        "workgroups": dispatch.workgroups(),
        "uniform": dispatch.uniform().chunks(4).map(word).collect::<Vec<_>>(),
        "bindings": dispatch.bindings().map(|binding| bound(&binding)).collect::<Vec<_>>(),
    })
}

fn bound(binding: &Binding<'_, Buffer>) -> Value {
    json!({
        "binding": binding.number,
        "buffer": match binding.holder {
            Holder::Given(buffer) => ["x", "y"][buffer.number as usize],
            Holder::Scratch => "scratch",
        },
        "offset": binding.offset,
        "size": binding.size,
        "type": if binding.read_only { "read-only-storage" } else { "storage" },
        "min_binding_size": binding.min_size,
    })
}
