//! Functions of a row, as the page shows them: the results, and how near they are to the exact ones.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use wgpu_activations::verify::{self, RowCheck};
use wgpu_activations::{Axis, CrossEntropy, Error, Gpu, RowFunction, Softmax, SoftmaxKind, Storage, Targets};

use crate::json;

/// What the page shows of a function.
#[derive(Serialize)]
pub(crate) struct RowEntry {
    name: &'static str,
    /// Whether it adds noise, which a seed chooses.
    draws: bool,
}

/// All but softmin, which is softmax of the negative.
pub(crate) fn entries() -> Result<Vec<RowEntry>, JsError> {
    let [functions, others] = [0, 1].map(|seed| functions(Axis::last(1), 1.0, seed));
    // Another seed makes another function of it.
    let entry = |(function, other): (RowFunction, RowFunction)| RowEntry {
        name: function.name(),
        draws: function != other,
    };
    Ok(functions?.into_iter().zip(others?).map(entry).collect())
}

fn functions(axis: Axis, temperature: f32, seed: u64) -> Result<Vec<RowFunction>, Error> {
    let scale = 1.0 / temperature;
    let plain = SoftmaxKind::ALL.iter().map(|kind| Softmax::of(*kind, axis));
    let softmaxes = plain.chain([Softmax::new(axis).with_gumbel_noise(seed)]);
    let softmaxes = softmaxes.map(|softmax| Ok(softmax.scaled(scale)?.into()));
    softmaxes.chain([CrossEntropy::new(axis).scaled(scale).map(RowFunction::from)]).collect()
}

/// What is asked of the function of this name, over all of `verify`'s tensors.
pub(crate) async fn checks(gpu: &Gpu, name: &str) -> Result<Vec<RowCheck>, JsError> {
    const SEED: u64 = 0;
    Ok(match named(name, Axis::last(1), 1.0, SEED)? {
        RowFunction::Softmax(softmax) if softmax == softmax.with_gumbel_noise(SEED) => {
            verify::gumbel_softmax(gpu, Storage::F32).await?
        }
        RowFunction::Softmax(softmax) => verify::softmax(gpu, &[softmax.kind()], Storage::F32).await?,
        RowFunction::CrossEntropy(_) => verify::cross_entropy(gpu, Targets::ALL, Storage::F32).await?,
        _ => return Err(unknown(name)),
    })
}

fn named(name: &str, axis: Axis, temperature: f32, seed: u64) -> Result<RowFunction, JsError> {
    let functions = functions(axis, temperature, seed)?;
    functions.into_iter().find(|function| function.name() == name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> JsError {
    JsError::new(&format!("no function of rows is called {name:?}"))
}

/// The results of a row.
#[wasm_bindgen(getter_with_clone)]
pub struct Row {
    /// For each logit: of cross_entropy the loss if its class is the label. Of logsumexp, one.
    pub y: Vec<f32>,
    /// `verify::RowCheck`, as JSON.
    pub check: String,
}

impl Row {
    /// Of the function of this name, of logits at a temperature. The seed is for one that adds noise.
    pub(crate) async fn of(
        gpu: &Gpu,
        name: &str,
        logits: &[f32],
        temperature: f32,
        seed: u32,
    ) -> Result<Self, JsError> {
        match named(name, Axis::last(logits.len() as u64), temperature, seed.into())? {
            RowFunction::Softmax(softmax) => Self::of_softmax(gpu, softmax, logits).await,
            RowFunction::CrossEntropy(loss) => Self::of_losses(gpu, loss, logits).await,
            _ => Err(unknown(name)),
        }
    }

    async fn of_softmax(gpu: &Gpu, softmax: Softmax, logits: &[f32]) -> Result<Self, JsError> {
        let x = gpu.upload(logits)?;
        let reduces = softmax.kind() == SoftmaxKind::LogSumExp;
        let y = if reduces { gpu.logsumexp(softmax, &x)? } else { gpu.softmax(softmax, &x)? };
        let y = gpu.read(&y).await?;
        let check = verify::judge_softmax(softmax, Storage::F32, logits, &y)?;
        Ok(Self { y, check: json(&check)? })
    }

    /// The row once for each class.
    async fn of_losses(gpu: &Gpu, loss: CrossEntropy, logits: &[f32]) -> Result<Self, JsError> {
        let (rows, labels) = (logits.repeat(logits.len()), (0..logits.len() as u32).collect::<Vec<_>>());
        let y = gpu.cross_entropy(loss, &gpu.upload(&rows)?, &gpu.upload(&labels)?)?;
        let y = gpu.read(&y).await?;
        let check = verify::judge_cross_entropy(loss, Storage::F32, &rows, &labels, &y)?;
        Ok(Self { y, check: json(&check)? })
    }
}
