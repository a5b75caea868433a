//! What the library costs on the host: recording, preparing and changing a step, the first two beside the bare wgpu calls that they stand for.
#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench fails by panicking; criterion's macros make functions without documentation"
)]

use std::time::{Duration, Instant};

use anyhow::Result;
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use measure::{Device, ELEMENTS, Preparing, Recording};
use wgpu_activations::{Options, wgpu};

fn host(criterion: &mut Criterion) {
    measured(criterion).expect("no adapter, or one that fails");
}

fn measured(criterion: &mut Criterion) -> Result<()> {
    let device = Device::open(&Options::from_env())?;
    let recording = Recording::new(&device.gpu)?;
    let mut group = criterion.benchmark_group("record");
    record(&mut group, &device, "bare calls", |pass| recording.record_bare(pass));
    record(&mut group, &device, "step", |pass| recording.record(pass));
    group.finish();

    let preparing = Preparing::new(&device.gpu)?;
    let mut group = criterion.benchmark_group("prepare");
    let bare = || preparing.prepare_bare().expect("the device fails");
    group.bench_function("bare objects", |bencher| {
        bencher.iter_batched(|| (), |()| bare(), BatchSize::SmallInput)
    });
    let step = || preparing.prepare().expect("the device fails");
    group.bench_function("step", |bencher| bencher.iter_batched(|| (), |()| step(), BatchSize::SmallInput));
    let mut bound = preparing.prepare()?;
    let mut rebind = |elements| preparing.rebind(&mut bound, elements).expect("the device fails");
    group.bench_function("rebind, same length", |bencher| bencher.iter(|| rebind(ELEMENTS)));
    let mut less = 0;
    group.bench_function("rebind, another length", |bencher| {
        bencher.iter(|| {
            less = (less + 4) % (ELEMENTS / 2);
            rebind(ELEMENTS - less);
        });
    });
    let mut variable = preparing.variable()?;
    let queue = device.gpu.queue();
    group.bench_function("set_length", |bencher| {
        // What the queue is to write gathers until a submission.
        bencher.iter_custom(|times| {
            let begin = Instant::now();
            for time in 0..times {
                variable.set_length(queue, time % ELEMENTS).expect("the device fails");
                if time % 1000 == 999 {
                    queue.submit([]);
                }
            }
            begin.elapsed()
        });
    });
    group.finish();
    Ok(())
}

/// Records into passes of at most `MOST` dispatches, which are never submitted.
fn record(
    group: &mut BenchmarkGroup<'_, WallTime>,
    device: &Device,
    name: &str,
    record: impl Fn(&mut wgpu::ComputePass<'_>),
) {
    const MOST: u64 = 2000;
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|mut times| {
            let mut elapsed = Duration::ZERO;
            while times > 0 {
                let mut encoder = device.gpu.device().create_command_encoder(&Default::default());
                let mut pass = encoder.begin_compute_pass(&Default::default());
                let begin = Instant::now();
                (0..times.min(MOST)).for_each(|_| record(&mut pass));
                elapsed += begin.elapsed();
                times -= times.min(MOST);
            }
            elapsed
        });
    });
}

criterion_group!(benches, host);
criterion_main!(benches);
