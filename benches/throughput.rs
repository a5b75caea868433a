//! Every activation, forward and backward, beside the copy kernels: bytes moved in the device's own time.
#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench fails by panicking; criterion's macros make functions without documentation"
)]

use std::time::Duration;

use anyhow::Result;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use measure::{Bed, DIRECTIONS, Device, Work};
use wgpu_activations::{Kind, Options};

/// Beyond caches, and short enough for so many benches.
const ELEMENTS: u64 = 1 << 22;

fn throughput(criterion: &mut Criterion) {
    measured(criterion).expect("no adapter, or one that fails");
}

fn measured(criterion: &mut Criterion) -> Result<()> {
    let device = Device::open(&Options::from_env())?;
    let bed = Bed::<f32>::new(&device, ELEMENTS)?;
    for (direction, inputs) in DIRECTIONS.into_iter().zip(1..) {
        let baseline = bed.baseline(inputs)?;
        let mut group = criterion.benchmark_group(direction.name(Kind::Identity));
        group.throughput(Throughput::Bytes((inputs as u64 + 1) * bed.bytes()));
        bench(&mut group, &device, "copy kernel", &baseline.copy_kernel);
        for activation in Kind::ALL.iter().filter_map(|kind| kind.samples().first().copied()) {
            let step = bed.step(activation, direction, 0)?;
            bench(&mut group, &device, activation.kind().name(), &step);
        }
        group.finish();
    }
    Ok(())
}

fn bench(group: &mut BenchmarkGroup<'_, WallTime>, device: &Device, name: &str, work: &dyn Work) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| {
            let ns: f64 = (0..times).map(|_| device.clock.time(work, 1).expect("the device fails")).sum();
            Duration::from_secs_f64(ns / 1e9)
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = throughput
}
criterion_main!(benches);
