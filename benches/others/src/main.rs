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
    let shaders = if cfg!(feature = "spirv") { "SPIR-V" } else { "WGSL" };
    println!(
        "{}, {} (kernels in {shaders}), on {}.",
        versions::of("wgpu-activations"),
        versions::of("burn"),
        versions::of("wgpu")
    );
    println!(
        "wgpu-activations on {}, burn on {}: {:?}, {} {}.\n",
        adapter.name,
        theirs::name(&burns)?,
        adapter.backend,
        adapter.driver,
        adapter.driver_info
    );
    println!(
        "| f32, ns per element | `copy_buffer_to_buffer` of one operand | wgpu-activations | burn | burn / wgpu-activations |"
    );
    println!("|---|---:|---:|---:|---:|");
    let mut differences = Vec::new();
    for task in Task::all() {
        let inputs = Inputs::of(task);
        let ours = Ours::new(&device, task, &inputs)?;
        let burn = theirs::contender(&burns, task, &inputs);
        differences.push(compared(task, &ours, burn.as_ref())?);
        let [copy, ours, burn] =
            timed([&ours.copy()?, &ours, burn.as_ref()])?.map(|ns| ns / task.elements() as f64);
        println!("| {task} | {copy:.3} | {ours:.3} | {burn:.3} | {:.2} |", burn / ours);
    }
    let largest = differences.into_iter().fold(0.0, f32::max);
    println!(
        "\nThe largest relative difference between two results is {largest:.1e}. Medians of {ROUNDS} rounds of {REPEATS}."
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

/// The largest relative difference of their results.
fn compared(task: Task, ours: &dyn Contender, burn: &dyn Contender) -> Result<f32> {
    let (ours, burn) = (ours.result()?, burn.result()?);
    ensure!(ours.len() == burn.len(), "{task}: {} results, and {} of burn", ours.len(), burn.len());
    let difference = |(a, b): (&f32, &f32)| if a == b { 0.0 } else { (a - b).abs() / a.abs().max(b.abs()) };
    // NaN is the largest of all.
    let largest = ours.iter().zip(&burn).map(difference).max_by(f32::total_cmp).unwrap_or(0.0);
    ensure!(largest <= TOLERANCE, "{task}: results differ by {largest:e} of the larger one");
    Ok(largest)
}
