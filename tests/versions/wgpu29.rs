//! On wgpu 29.

use wgpu_activations::wgpu29 as library;

#[path = "mlp.rs"]
mod mlp;

#[test]
fn an_application_runs_its_perceptron() {
    let classes = crate::CLASSES;
    let parameters = [&crate::W[..], &crate::B, &crate::V];
    crate::check(|| pollster::block_on(mlp::classify(&crate::X, parameters, classes)).unwrap());
}
