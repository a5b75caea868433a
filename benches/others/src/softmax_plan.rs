//! Softmax over the shapes that are measured, as JSON: what `wgpu-activations plan` prints for formulas, with the shape.

use anyhow::Result;
use measure::{Dispatches, ROW_SHAPES};
use serde_json::Value;
use wgpu_activations::plan::{Buffer, Limits, Planner, Span};
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
    let mut plan = serde_json::to_value(Dispatches::of(&step, &["x", "y"]))?;
    plan["shape"] = shape.to_vec().into();
    Ok(plan)
}
