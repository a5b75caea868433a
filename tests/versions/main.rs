//! One application, built against every version of wgpu that is switched on, computes the same. Fails without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::duplicate_mod, reason = "one application on several versions of wgpu")]

use wgpu_activations::Activation;

macro_rules! on {
    ($feature:literal, $version:ident) => {
        #[cfg(feature = $feature)]
        #[path = "."]
        mod $version {
            use wgpu_activations::$version as library;

            #[path = "mlp.rs"]
            mod mlp;

            #[test]
            fn an_application_runs_its_perceptron() {
                let parameters = [&crate::W[..], &crate::B, &crate::V];
                let got = pollster::block_on(mlp::classify(&crate::X, parameters, crate::CLASSES));
                crate::check(&got.unwrap());
            }
        }
    };
}

on!("wgpu27", wgpu27);
on!("wgpu28", wgpu28);
on!("wgpu29", wgpu29);
on!("wgpu30", wgpu30);

const CLASSES: usize = 3;
const X: [f32; 8] = [1.0, -2.0, 0.5, 3.0, -0.25, 0.0, 2.0, -1.0];
const W: [f32; 8] = [0.5, -0.25, 1.0, 0.75, -1.0, 0.5, 0.125, -0.5];
const B: [f32; 4] = [0.1, -0.2, 0.3, 0.0];
const V: [f32; 12] = [1.0, 0.5, -0.5, 0.25, -1.0, 0.75, -0.125, 0.5, 1.0, -0.75, 0.25, 0.5];

/// Against the same in f64.
fn check(got: &[f32]) {
    let (inputs, hidden) = (W.len() / B.len(), B.len());
    assert_eq!(got.len(), X.len() / inputs * CLASSES);
    for (x, got) in X.chunks(inputs).zip(got.chunks(CLASSES)) {
        let product = |x: &[f64], w: &[f32], column: usize, columns: usize| -> f64 {
            x.iter().enumerate().map(|(row, x)| x * f64::from(w[row * columns + column])).sum()
        };
        let x: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
        let h = |column: usize| product(&x, &W, column, hidden) + f64::from(B[column]);
        let h: Vec<f64> = (0..hidden).map(|column| Activation::GELU_ERF.exact(h(column)).value).collect();
        let scores: Vec<f64> = (0..CLASSES).map(|class| product(&h, &V, class, CLASSES).exp()).collect();
        let sum: f64 = scores.iter().sum();
        for (got, score) in got.iter().zip(&scores) {
            assert!((f64::from(*got) - score / sum).abs() < 1e-6, "{got} is not {}", score / sum);
        }
    }
}
