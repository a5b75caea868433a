//! A formula beside a copy with as many operands, and the driver's copy of one; and on the CPU.

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use wgpu_activations::cpu::{Cpu, Operand as CpuOperand, Threads};
use wgpu_activations::{Channels, Formula, GpuBuffer, Operand, Storage};

use crate::baseline::{BufferCopy, CopyKernel};
use crate::clock::{Samples, median};
use crate::cpu;
use crate::device::Device;
use crate::inputs;

/// Rounds: the formula and what it is compared with, one after the other.
const ROUNDS: usize = 15;
/// Repeats within a sample.
const TIMES: u32 = 4;
/// Of so many channels, side by side, are operands with a letter: rows of a dense layer.
pub const FORMULA_CHANNELS: u64 = 1024;

/// What a formula takes.
#[derive(Debug, Clone, Serialize)]
pub struct Formulated {
    /// The formula.
    pub formula: String,
    /// Elements of each operand that has an element each.
    pub elements: u64,
    /// In nanoseconds.
    pub ns_per_element: f64,
    /// As a multiple of a copy kernel with as many such operands.
    pub ratio_to_copy_kernel: f64,
    /// Of one operand, by the driver, in the same run.
    pub buffer_copy_ns_per_element: f64,
    /// On the CPU, by one thread.
    pub one_thread_ns_per_element: f64,
    /// By all of them.
    pub all_threads_ns_per_element: f64,
}

/// An operand or a result.
struct Bound<'a> {
    name: &'a str,
    /// Where elements share its values.
    channels: Option<Channels>,
    values: Vec<f32>,
}

/// Measures a formula in f32, its operands in buffers of their own.
pub fn formula(device: &Device, formula: &Formula, elements: u64) -> Result<Formulated> {
    let (gpu, clock) = (&device.gpu, &device.clock);
    let elements = elements.next_multiple_of(FORMULA_CHANNELS);
    let count = usize::try_from(elements).context("too many elements for this machine")?;
    let names: Vec<String> = formula.operands().chain(formula.results()).collect();
    let mut all = bound(&names, count);
    let buffers = all.iter().map(|bound| gpu.upload(&bound.values));
    let buffers = buffers.collect::<Result<Vec<GpuBuffer<f32>>, _>>()?;
    let mut operands: Vec<(&str, Operand<'_>)> = Vec::new();
    for (bound, buffer) in all.iter().zip(&buffers) {
        operands.push((bound.name, operand(bound.channels, buffer.span())));
    }
    ensure!(all.iter().any(|bound| bound.channels.is_none()), "{formula}: nothing has an element each");
    operands.extend(formula.draws().then_some(("seed", Operand::seed(1))));
    let step = gpu.kernels().formula(formula, Storage::F32)?.bind(&operands)?;

    // What is computed in place, or summed, has no buffer of its own for a copy to go to.
    let own = all.iter().zip(&buffers).filter(|(bound, _)| bound.channels.is_none());
    let (inputs, outputs): (Vec<_>, Vec<_>) = own.partition(|(bound, _)| formula.reads(bound.name));
    let spare = gpu.upload(&if outputs.is_empty() { inputs::x(count) } else { Vec::new() })?;
    let inputs: Vec<_> = inputs.iter().map(|(_, buffer)| buffer.buffer()).collect();
    let mut outputs: Vec<_> = outputs.iter().map(|(_, buffer)| buffer.buffer()).collect();
    if outputs.is_empty() {
        outputs.push(spare.buffer());
    }
    ensure!(!inputs.is_empty(), "{formula}: no operand has an element each");
    let bytes = elements * Storage::F32.bytes();
    let (copy, _) = CopyKernel::fastest(gpu.device(), clock, &inputs, &outputs, bytes, TIMES)?;
    let driver = BufferCopy { from: inputs[0], to: outputs[0], bytes };
    clock.call_and_wait(&step)?;
    let Samples { ns, ratios: [to_copy, to_driver] } =
        clock.compare(&step, [&copy, &driver], TIMES, ROUNDS)?;
    let per_element = median(&ns) / elements as f64;
    Ok(Formulated {
        formula: formula.to_string(),
        elements,
        ns_per_element: per_element,
        ratio_to_copy_kernel: median(&to_copy),
        buffer_copy_ns_per_element: per_element / median(&to_driver),
        one_thread_ns_per_element: on_cpu(Threads::One, formula, &mut all)? / elements as f64,
        all_threads_ns_per_element: on_cpu(Threads::All, formula, &mut all)? / elements as f64,
    })
}

/// Each name once: what is computed in place has one buffer.
fn bound(names: &[String], count: usize) -> Vec<Bound<'_>> {
    let mut all: Vec<Bound<'_>> = Vec::new();
    for (index, written) in names.iter().map(String::as_str).enumerate() {
        let (name, view) = written.split_once('[').map_or((written, None), |(name, view)| (name, Some(view)));
        let (channels, values) = match view {
            None if index % 2 == 0 => (None, inputs::x(count)),
            None => (None, inputs::dy(count)),
            Some("]") => (Some(Channels::ONE), vec![0.5]),
            Some(_) => (Some(Channels::new(FORMULA_CHANNELS, 1)), inputs::x(FORMULA_CHANNELS as usize)),
        };
        if all.iter().all(|other| other.name != name) {
            all.push(Bound { name, channels, values });
        }
    }
    all
}

/// Values as a formula's operand, on a device or on the CPU.
fn operand<'a, V, S: Into<V> + Into<Operand<'a, V>>>(
    channels: Option<Channels>,
    values: S,
) -> Operand<'a, V> {
    match channels {
        None => values.into(),
        Some(Channels::ONE) => Operand::single(values),
        Some(channels) => Operand::channels(values, channels),
    }
}

/// Nanoseconds of the formula on the CPU.
fn on_cpu(threads: Threads, formula: &Formula, all: &mut [Bound<'_>]) -> Result<f64> {
    cpu::time(|| {
        let seed = formula.draws().then_some(("seed", CpuOperand::seed(1)));
        let operands =
            all.iter_mut().map(|Bound { name, channels, values }| (*name, operand(*channels, values)));
        Ok(Cpu::with_threads(threads).formula(formula, operands.chain(seed))?)
    })
}
