//! The same work by wgpu-activations and by burn, in turns, on one adapter.
//!
//! `cargo run --release --manifest-path benches/others/Cargo.toml` prints a table in Markdown. README.md says what is compared.

mod contender;
mod ours;
mod task;
mod theirs;
mod versions;

use anyhow::{Result, ensure};
use measure::{Device, median};
use wgpu_activations::Options;

use contender::Contender;
use ours::Ours;
use task::{Inputs, Task};

/// All take turns so often.
const ROUNDS: usize = 15;
/// Repeats within a turn, so that submitting does not count: tens of microseconds beside milliseconds.
const REPEATS: u32 = 4;
/// Turns before any that counts: both compile at first, and burn chooses among its kernels.
const WARM_UP: usize = 4;
/// The largest relative difference between two results.
const TOLERANCE: f32 = 1e-3;

fn main() -> Result<()> {
    let device = Device::open(&Options::from_env())?;
    let adapter = device.gpu.adapter_info();
    let burns = theirs::open(&adapter)?;
    let name = theirs::adapter_name(&burns)?;
    // Its own word for it, the fingerprint of its device, says SPIR-V in either case.
    let kernels = if cfg!(feature = "spirv") { "SPIR-V" } else { "WGSL" };
    println!("{}, {}, on {}.", versions::of("wgpu-activations"), versions::of("burn"), versions::of("wgpu"));
    println!("wgpu-activations on {}, burn on {name} (its kernels are {kernels}).", adapter.name);
    println!("{:?}, {} {}.\n", adapter.backend, adapter.driver, adapter.driver_info);
    println!(
        "| f32, ns per element | `copy_buffer_to_buffer` | wgpu-activations | burn | burn / wgpu-activations | difference |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let mut failed = Vec::new();
    for task in Task::all() {
        let inputs = Inputs::of(task);
        let ours = Ours::new(&device, task, &inputs)?;
        let burn = theirs::contender(&burns, task, &inputs);
        let differ = difference(&ours.result()?, &burn.result()?);
        if differ > TOLERANCE {
            failed.push(task.to_string());
        }
        let ns = timed([&ours.copy()?, &ours, burn.as_ref()])?;
        let [copy, ours, burn] = ns.map(|ns| ns / task.elements() as f64);
        let ratio =
            if differ > TOLERANCE { "results differ".to_owned() } else { format!("{:.2}", burn / ours) };
        println!("| {task} | {copy:.3} | {ours:.3} | {burn:.3} | {ratio} | {differ:.1e} |");
    }
    println!(
        "\nMedians of {ROUNDS} rounds of {REPEATS}; differences are the largest of two results, relative to the larger one."
    );
    ensure!(
        failed.is_empty(),
        "results differ by more than {TOLERANCE:e}, so that there is no ratio: {}",
        failed.join("; ")
    );
    Ok(())
}

/// Nanoseconds of each, once.
fn timed<const N: usize>(contenders: [&dyn Contender; N]) -> Result<[f64; N]> {
    let mut samples = [const { Vec::new() }; N];
    for round in 0..WARM_UP + ROUNDS {
        for (contender, samples) in contenders.iter().zip(&mut samples) {
            let ns = contender.time(REPEATS)? / f64::from(REPEATS);
            if round >= WARM_UP {
                samples.push(ns);
            }
        }
    }
    Ok(samples.map(|samples: Vec<f64>| median(&samples)))
}

/// The largest relative difference of two results; infinite where one is NaN, or they have not as many.
fn difference(ours: &[f32], burn: &[f32]) -> f32 {
    if ours.len() != burn.len() {
        return f32::INFINITY;
    }
    let relative = |(a, b): (&f32, &f32)| match (a - b).abs() / a.abs().max(b.abs()) {
        _ if a == b => 0.0,
        difference if difference.is_nan() => f32::INFINITY,
        difference => difference,
    };
    ours.iter().zip(burn).map(relative).fold(0.0, f32::max)
}
