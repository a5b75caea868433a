//! What the page calls, in a worker: a device, `verify` for one activation at a time, curves, formulas, rows, and timings. For wasm alone:
//! natively the crate is empty.
#![cfg(target_family = "wasm")]

mod bench;
mod curve;
mod formula;
mod rows;
mod time;

use serde::Serialize;
use wasm_bindgen::prelude::*;
use wgpu_activations::{Gpu, Kind, Options, Parameter, verify};

use bench::Bench;
use curve::Curve;
use formula::Reading;
use rows::Row;

/// What the page shows of an activation.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    formula: &'static str,
    derivative: &'static str,
    second_derivative: &'static str,
    at_kinks: &'static str,
    source: &'static str,
    parameters: &'static [Parameter],
    /// Values to begin with: the defaults, or the first of the table's samples where there are none.
    initial: Vec<f32>,
}

/// Every activation, as JSON.
#[wasm_bindgen]
pub fn activations() -> Result<String, JsError> {
    let entry = |&kind: &Kind| Entry {
        name: kind.name(),
        formula: kind.formula(),
        derivative: kind.derivative(),
        second_derivative: kind.second_derivative(),
        at_kinks: kind.at_kinks(),
        source: kind.source(),
        parameters: kind.parameters(),
        initial: kind.samples().first().map(|sample| sample.parameters().to_vec()).unwrap_or_default(),
    };
    json(&Kind::ALL.iter().map(entry).collect::<Vec<_>>())
}

/// The functions of rows that the page shows, as JSON: `{name, draws}`.
#[wasm_bindgen]
pub fn row_functions() -> Result<String, JsError> {
    json(&rows::entries()?)
}

/// A text as a formula, or what is wrong with it, as JSON.
#[wasm_bindgen]
pub fn read_formula(text: &str) -> Result<String, JsError> {
    json(&Reading::of(text))
}

/// A device, and all that the page does with it.
#[wasm_bindgen]
pub struct Session {
    gpu: Gpu,
}

#[wasm_bindgen]
impl Session {
    /// Opens a device on the adapter that the browser gives.
    pub async fn open() -> Result<Self, JsError> {
        Ok(Self { gpu: Gpu::request(&Options::default()).await? })
    }

    /// `verify::Adapter`, as JSON.
    pub fn adapter(&self) -> Result<String, JsError> {
        json(&verify::Adapter::from(self.gpu.adapter_info()))
    }

    /// `verify::Report` for one activation, as JSON. `progress` is called with how many checks are done and their number.
    pub async fn verify(
        &self,
        name: &str,
        inputs: u32,
        progress: &js_sys::Function,
    ) -> Result<String, JsError> {
        let mut options = verify::Options::default();
        options.inputs = inputs.into();
        let kinds = [name.parse()?];
        let report = verify::run(&self.gpu, &kinds, &options, |at| {
            // What the page does with it is none of the check's business.
            let _ = progress.call2(&JsValue::NULL, &at.done.into(), &at.total.into());
        });
        json(&report.await?)
    }

    /// `verify::RowCheck` for all that is asked of a function of rows, as JSON.
    pub async fn verify_rows(&self, name: &str) -> Result<String, JsError> {
        json(&rows::checks(&self.gpu, name).await?)
    }

    /// An activation, or a formula of one operand, and its derivatives over an interval, as the GPU computes them.
    pub async fn curve(&self, written: &str, from: f32, to: f32, points: u32) -> Result<Curve, JsError> {
        Curve::of(&self.gpu, written, from, to, points).await
    }

    /// A formula and its derivatives by its first operand. `held` says what all else is, as JSON: `{"b[c]": 0.5}`.
    pub async fn formula_curve(
        &self,
        text: &str,
        held: &str,
        from: f32,
        to: f32,
        points: u32,
    ) -> Result<Curve, JsError> {
        let held = serde_json::from_str(held)?;
        Ok(Curve::of_formula(&self.gpu, text, held, (from, to), points).await?)
    }

    /// `verify::FormulaCheck` for each result of a formula and of its gradients, as JSON.
    pub async fn formula_checks(&self, text: &str, inputs: u32) -> Result<String, JsError> {
        json(&formula::checks(&self.gpu, text, inputs).await?)
    }

    /// A function of one row at a temperature, compared with exact values. The seed is for one that draws.
    pub async fn row(&self, name: &str, logits: &[f32], temperature: f32, seed: u32) -> Result<Row, JsError> {
        Row::of(&self.gpu, name, logits, temperature, seed).await
    }

    /// Times forward and backward against copying, over so many elements. As JSON.
    pub async fn bench(&self, activation: &str, elements: u32) -> Result<String, JsError> {
        let bench = Bench::new(&self.gpu, activation.parse()?, elements)?;
        json(&bench.run().await?)
    }
}

fn json(value: &impl Serialize) -> Result<String, JsError> {
    Ok(serde_json::to_string(value)?)
}
