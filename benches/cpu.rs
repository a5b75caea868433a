//! The CPU's forward and backward of every activation against a parallel copy of the same elements.
//!
//! `cargo bench -p wgpu-activations-benches --bench cpu`, with `-- relu` for some rows only.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, fails by panicking, and criterion's macros document nothing"
)]

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;
use wgpu_activations::cpu::{CHUNK, Cpu};
use wgpu_activations::{Activation, Kind};

/// 64 MiB an operand: far more than the caches hold.
const ELEMENTS: usize = 1 << 24;

/// Rounds of which the best counts: other programs only ever slow one down.
const ROUNDS: usize = 7;

struct Operands {
    x: Vec<f32>,
    dy: Vec<f32>,
    out: Vec<f32>,
}

impl Operands {
    fn new() -> Self {
        let x = |index: usize| ((index * 7919 % 100_003) as f32 / 100_003.0 - 0.5) * 12.0;
        let dy = |index: usize| 1.0 + (index % 7) as f32;
        Self {
            x: (0..ELEMENTS).map(x).collect(),
            dy: (0..ELEMENTS).map(dy).collect(),
            out: vec![0.0; ELEMENTS],
        }
    }

    fn copy(&mut self) {
        let chunks = self.x.par_chunks(CHUNK).zip(self.out.par_chunks_mut(CHUNK));
        chunks.for_each(|(x, y)| y.copy_from_slice(x));
    }

    fn forward(&mut self, activation: Activation) {
        Cpu::new().forward(activation, &self.x, &mut self.out).expect("lengths are equal");
    }

    fn backward(&mut self, activation: Activation) {
        Cpu::new().backward(activation, &self.x, &self.dy, &mut self.out).expect("lengths are equal");
    }
}

fn seconds(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

/// Best times of a copy, forward and backward, taken in turns so that all three see the same machine.
fn ratios(operands: &mut Operands, activation: Activation) -> [f64; 2] {
    let mut best = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        let round = [
            seconds(|| operands.copy()),
            seconds(|| operands.forward(activation)),
            seconds(|| operands.backward(activation)),
        ];
        for (best, time) in best.iter_mut().zip(round) {
            *best = best.min(time);
        }
    }
    [best[1] / best[0], best[2] / best[0]]
}

fn every_activation(criterion: &mut Criterion) {
    let mut operands = Operands::new();
    for kind in Kind::ALL {
        let Some(activation) = kind.samples().first().copied() else { continue };
        let mut group = criterion.benchmark_group(kind.name());
        group.throughput(Throughput::Elements(ELEMENTS as u64));
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(100))
            .measurement_time(Duration::from_millis(300));
        group.bench_function("forward", |bencher| bencher.iter(|| operands.forward(activation)));
        group.bench_function("backward", |bencher| bencher.iter(|| operands.backward(activation)));
        group.finish();
        let [forward, backward] = ratios(&mut operands, activation);
        println!("{kind}: forward {forward:.2}, backward {backward:.2} times a parallel copy");
    }
}

criterion_group!(benches, every_activation);
criterion_main!(benches);
