//! Parameters of activations that are learned: one value for each layer, updated by Adam on the host.

use std::fmt;

use wgpu_activations::Error;

use super::common::network::Network;

const MEAN_DECAY: f32 = 0.9;
const SQUARE_DECAY: f32 = 0.999;
const EPSILON: f32 = 1e-8;

pub(crate) struct LearnedParameters(Vec<Parameter>);

struct Parameter {
    name: &'static str,
    layer: usize,
    /// Its place among the activation's parameters.
    position: usize,
    value: f32,
    mean: f32,
    square: f32,
}

impl LearnedParameters {
    /// Layer by layer, in the order of the network's `parameter_gradients`.
    pub(crate) fn new(network: &Network) -> Self {
        let mut all = Vec::new();
        for (layer, activation) in network.activations.iter().enumerate() {
            for (name, _) in activation.kind().learnable() {
                let named = activation.kind().parameters().iter().zip(activation.parameters()).enumerate();
                let found = named.filter(|(_, (parameter, _))| parameter.name == name);
                all.extend(found.map(|(position, (_, &value))| Parameter {
                    name,
                    layer,
                    position,
                    value,
                    mean: 0.0,
                    square: 0.0,
                }));
            }
        }
        Self(all)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = f32> {
        self.0.iter().map(|parameter| parameter.value)
    }

    /// Takes step number `step`, counted from 1, and gives the network its new activations.
    pub(crate) fn update(
        &mut self,
        network: &mut Network,
        gradients: &[f32],
        step: usize,
        rate: f32,
    ) -> Result<(), Error> {
        let correction = |decay: f32| 1.0 - decay.powi(step as i32);
        for (parameter, gradient) in self.0.iter_mut().zip(gradients) {
            parameter.mean += (1.0 - MEAN_DECAY) * (gradient - parameter.mean);
            parameter.square += (1.0 - SQUARE_DECAY) * (gradient * gradient - parameter.square);
            let mean = parameter.mean / correction(MEAN_DECAY);
            let square = parameter.square / correction(SQUARE_DECAY);
            parameter.value -= rate * mean / (square.sqrt() + EPSILON);

            let activation = &mut network.activations[parameter.layer];
            let mut values = activation.parameters().to_vec();
            values[parameter.position] = parameter.value;
            *activation = activation.kind().with(&values)?;
        }
        Ok(())
    }
}

/// `weight learned: 0.1234 in layer 1, ...`; nothing where nothing is learned.
impl fmt::Display for LearnedParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for parameter in &self.0 {
            writeln!(f, "  layer {}: {} = {:.4}", parameter.layer + 1, parameter.name, parameter.value)?;
        }
        Ok(())
    }
}
