//! Matrix multiplication, as `shaders/matmul.wgsl` does it.

use wgpu_activations::wgpu;

use super::gpu::{Gpu, Work};

/// Rows and columns of every matrix come in tiles of 8 x 8, each of 2 x 2 blocks. What a size leaves over is filled with zeros,
/// which change nothing.
pub(crate) const TILE: usize = 8;
pub(crate) const BLOCK: usize = 4;

pub(crate) fn padded(size: usize) -> usize {
    size.next_multiple_of(TILE)
}

/// Results are stored as they are.
pub(crate) const NO_EPILOGUE: &str = "fn epilogue(sum: f32) -> f32 { return sum; }";

/// `epilogue` is WGSL with that function in it: what is stored for a sum.
pub(crate) fn pipeline(gpu: &Gpu, epilogue: &str) -> wgpu::ComputePipeline {
    let source = [epilogue, include_str!("shaders/matmul.wgsl")].join("\n");
    gpu.compute(&gpu.module("matmul", &source), "matmul")
}

/// c = a b: sizes in elements, all in whole tiles; the terms may end with a block.
pub(crate) struct Product {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) terms: usize,
    /// Of the matrices as they lie in memory.
    pub(crate) a_columns: usize,
    pub(crate) b_columns: usize,
    pub(crate) a_transposed: bool,
    pub(crate) b_transposed: bool,
    /// Where a has a further block of columns for a bias.
    pub(crate) ones: Option<usize>,
}

impl Product {
    /// Ready to be recorded, for the buffers of a, b and c.
    pub(crate) fn work(
        &self,
        gpu: &Gpu,
        pipeline: &wgpu::ComputePipeline,
        buffers: [wgpu::BindingResource<'_>; 3],
    ) -> Work {
        let tiles = |elements: usize| (elements / TILE) as u32;
        let blocks = |elements: usize| (elements / BLOCK) as u32;
        let uniform = gpu.uniform(
            "product",
            &[
                tiles(self.rows),
                tiles(self.columns),
                blocks(self.terms),
                blocks(self.a_columns),
                blocks(self.b_columns),
                self.a_transposed.into(),
                self.b_transposed.into(),
                self.ones.map_or(u32::MAX, blocks),
            ],
        );
        let [a, b, c] = buffers;
        gpu.work(pipeline, &[uniform.as_entire_binding(), a, b, c], self.rows * self.columns / (TILE * TILE))
    }
}
