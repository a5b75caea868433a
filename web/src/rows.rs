//! Softmax and its like of one row, as the page shows it: the results, and how near they are to the exact ones.

use wasm_bindgen::prelude::*;
use wgpu_activations::{Axis, Gpu, Softmax, SoftmaxKind, Storage, verify};

use crate::json;

/// The functions that have a result for each element of a row.
pub(crate) fn kinds() -> impl Iterator<Item = SoftmaxKind> {
    SoftmaxKind::ALL.iter().copied().filter(|kind| *kind != SoftmaxKind::LogSumExp)
}

/// The results of a row.
#[wasm_bindgen(getter_with_clone)]
pub struct Row {
    pub y: Vec<f32>,
    /// `verify::RowCheck`, as JSON.
    pub check: String,
}

impl Row {
    /// Of the function of this name, of logits at a temperature.
    pub(crate) async fn of(gpu: &Gpu, name: &str, logits: &[f32], temperature: f32) -> Result<Self, JsError> {
        let unknown = || JsError::new(&format!("no function of rows is called {name:?}"));
        let kind = kinds().find(|kind| kind.name() == name).ok_or_else(unknown)?;
        let softmax = Softmax::of(kind, Axis::last(logits.len() as u64)).scaled(1.0 / temperature)?;
        let y = gpu.read(&gpu.softmax(softmax, &gpu.upload(logits)?)?).await?;
        let check = verify::judge_softmax(softmax, Storage::F32, logits, &y)?;
        Ok(Self { y, check: json(&check)? })
    }
}
