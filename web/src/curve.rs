//! An activation or a formula and its derivatives, sampled for a plot.

use std::collections::HashMap;

use wasm_bindgen::prelude::*;
use wgpu_activations::{Activation, Error, Formula, Gpu};

use crate::formula::{self, plotted};

/// Points of the curves, in the order of x.
#[wasm_bindgen(getter_with_clone)]
pub struct Curve {
    pub x: Vec<f32>,
    /// f(x)
    pub y: Vec<f32>,
    /// f'(x); empty for a formula without a derivative
    pub dx: Vec<f32>,
    /// f''(x); empty for a formula without a second derivative
    pub d2x: Vec<f32>,
    /// The places in x before which a curve may jump.
    pub breaks: Vec<u32>,
}

impl Curve {
    /// Of an activation, or of a formula of one operand.
    pub(crate) async fn of(
        gpu: &Gpu,
        written: &str,
        from: f32,
        to: f32,
        points: u32,
    ) -> Result<Self, JsError> {
        let unknown = match written.parse::<Activation>() {
            Ok(activation) => return Ok(Self::of_activation(gpu, activation, from, to, points).await?),
            Err(error) => error,
        };
        match written.parse::<Formula>() {
            // A word by itself would be an operand: it is a name, and a wrong one.
            _ if is_word(written) => Err(unknown.into()),
            Ok(formula) if formula.operands().count() == 1 && plotted(&formula).is_some() => {
                Ok(Self::of_formula(gpu, written, HashMap::new(), (from, to), points).await?)
            }
            Ok(_) => Err(JsError::new(&format!("{written}: a curve is of one operand with an element each"))),
            // Values of parameters, `leaky_relu(negative_slope=)`, are of an activation.
            Err(_) if written.contains('=') => Err(unknown.into()),
            Err(mistake) => Err(mistake.into()),
        }
    }

    async fn of_activation(
        gpu: &Gpu,
        activation: Activation,
        from: f32,
        to: f32,
        points: u32,
    ) -> Result<Self, Error> {
        let kinks = kinks(&activation, from, to);
        let x = samples(&kinks, from, to, points);
        let breaks = kinks.iter().map(|kink| x.partition_point(|x| x <= kink) as u32).collect();
        let device_x = gpu.upload(&x)?;
        let ones = gpu.upload(&vec![1.0; x.len()])?;
        let y = gpu.read(&gpu.forward(activation, &device_x)?).await?;
        let dx = gpu.read(&gpu.backward(activation, &device_x, &ones)?).await?;
        let d2x = gpu.read(&gpu.second(activation, &device_x, &ones)?).await?;
        Ok(Self { x, y, dx, d2x, breaks })
    }

    /// Of a formula, by its first operand, with all others held. As one piece: where it has kinks is not asked.
    pub(crate) async fn of_formula(
        gpu: &Gpu,
        text: &str,
        held: HashMap<String, f32>,
        (from, to): (f32, f32),
        points: u32,
    ) -> Result<Self, Error> {
        let x = samples(&[], from, to, points);
        let [y, dx, d2x] = formula::along(gpu, text, held, &x).await?;
        Ok(Self { x, y, dx, d2x, breaks: Vec::new() })
    }
}

fn is_word(text: &str) -> bool {
    text.chars().all(|character| character.is_alphanumeric() || character == '_')
}

fn kinks(activation: &Activation, from: f32, to: f32) -> Vec<f32> {
    let mut kinks: Vec<f32> = activation.kinks().into_iter().map(|kink| kink as f32).collect();
    kinks.retain(|kink| from < *kink && *kink < to);
    kinks.sort_by(f32::total_cmp);
    kinks.dedup();
    kinks
}

/// Points evenly apart, and one close to each side of each kink, so that what jumps there jumps upright. Beside 0 they are normal
/// numbers: an adapter may take others for 0.
fn samples(kinks: &[f32], from: f32, to: f32, points: u32) -> Vec<f32> {
    let last = points.max(2) - 1;
    let even = (0..=last).map(|point| from + (to - from) * (point as f32 / last as f32));
    let close = kinks.iter().flat_map(|kink| [beside(*kink, -1.0), beside(*kink, 1.0)]);
    let mut x: Vec<f32> = even.filter(|x| !kinks.contains(x)).chain(close).collect();
    x.sort_by(f32::total_cmp);
    x
}

fn beside(kink: f32, side: f32) -> f32 {
    kink + side * (kink.abs() * f32::EPSILON).max(f32::MIN_POSITIVE)
}
