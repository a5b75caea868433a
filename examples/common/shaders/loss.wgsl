// What every loss reads and writes.

struct Shape {
    rows: u32,
    columns: u32,       // that count
    stride: u32,        // from row to row
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> outputs: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;
