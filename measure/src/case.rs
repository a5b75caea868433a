//! One measurement: an activation and direction over a bed.

use anyhow::Result;
use wgpu_activations::verify::Check;
use wgpu_activations::{Activation, Direction, Element, Step};

use crate::baseline::BufferCopy;
use crate::bed::{Baseline, Bed};
use crate::check::check;
use crate::clock::{Samples, best, median};
use crate::cpu::CpuSide;
use crate::promise;
use crate::report::Measurement;

/// Rounds: a kernel and its baselines, one after the other.
const ROUNDS: usize = 9;
/// Rounds of what no promise is made of.
const FEW_ROUNDS: usize = 5;
/// So many bytes make an operand unaligned.
const UNALIGNED_BYTES: u64 = 4;

pub(crate) struct Case<'a, T> {
    pub(crate) bed: &'a Bed<'a, T>,
    pub(crate) baseline: &'a Baseline<'a>,
    pub(crate) activation: Activation,
    pub(crate) direction: Direction,
}

impl<T: Element> Case<'_, T> {
    /// `output` is room for what the CPU computes.
    pub(crate) fn measure(&self, output: &mut [T]) -> Result<Measurement> {
        let Self { bed, activation, direction, .. } = self;
        let step = bed.step(*activation, *direction, 0)?;
        let check = self.check(&step, 0)?;
        let Samples { ns: samples, ratios: [to_copy_kernel, to_buffer_copy] } =
            self.compare(&step, ROUNDS)?;
        let waits = (0..FEW_ROUNDS).map(|_| bed.device.clock.call_and_wait(&step));
        let waits = waits.collect::<Result<Vec<f64>>>()?;

        let unaligned_step = bed.step(*activation, *direction, UNALIGNED_BYTES)?;
        let unaligned_check = self.check(&unaligned_step, UNALIGNED_BYTES)?;
        let unaligned = self.compare(&unaligned_step, FEW_ROUNDS)?;

        let cpu = CpuSide { bed, activation: *activation, direction: *direction, output }.measure()?;
        let inputs = self.baseline.figures.inputs as f64;
        let elements = bed.elements as f64;
        let kernel = median(&samples);
        Ok(Measurement {
            activation: activation.kind().name(),
            parameters: activation.to_string(),
            direction: direction.name(activation.kind()),
            storage: T::STORAGE,
            elements: bed.elements,
            ns_per_element: kernel / elements,
            best_ns_per_element: best(&samples) / elements,
            gb_per_s: (inputs + 1.0) * bed.bytes() as f64 / kernel,
            ratio_to_copy_kernel: median(&to_copy_kernel),
            promised_ratio: promise::ratio(
                activation.kind(),
                T::STORAGE,
                bed.elements,
                bed.device.gpu.adapter_info().device_type,
            ),
            ratio_to_buffer_copy: median(&to_buffer_copy),
            unaligned_ns_per_element: median(&unaligned.ns) / elements,
            unaligned_ratio_to_copy_kernel: median(&unaligned.ratios[0]),
            submit_wait_us: median(&waits) / 1e3,
            upload_ns: inputs * bed.upload_ns,
            kernel_ns: kernel,
            read_back_ns: bed.read_back_ns,
            cpu_one_thread_ns: cpu.one_thread_ns,
            cpu_all_threads_ns: cpu.all_threads_ns,
            crossover_elements: None,
            max_ulp: check.max_ulp.max(unaligned_check.max_ulp),
            correct: check.pass && unaligned_check.pass && cpu.check.pass,
        })
    }

    /// Runs the step once, which also warms it up, and checks all that it wrote.
    fn check(&self, step: &Step, byte_offset: u64) -> Result<Check> {
        let Self { bed, activation, direction, .. } = self;
        let clock = &bed.device.clock;
        let all = BufferCopy {
            from: bed.poison.buffer(),
            to: bed.output.buffer(),
            bytes: bed.poison.len() * T::STORAGE.bytes(),
        };
        clock.call_and_wait(&all)?;
        clock.call_and_wait(step)?;
        let elements = bed.elements as usize;
        let got = bed.device.gpu.read_blocking(&bed.output)?;
        let x = &bed.x.host[(byte_offset / T::STORAGE.bytes()) as usize..];
        Ok(check(*activation, *direction, x, &bed.dy.host, &got[..elements]))
    }

    fn compare(&self, step: &Step, rounds: usize) -> Result<Samples<2>> {
        let Baseline { copy_kernel, buffer_copy, times, .. } = self.baseline;
        self.bed.device.clock.compare(step, [copy_kernel, buffer_copy], *times, rounds)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use wgpu_activations::Options;

    use super::*;
    use crate::device::Device;

    #[test]
    fn a_step_of_another_function_or_none_is_found_wrong() {
        let device = Device::open(&Options::from_env()).unwrap();
        let bed = Bed::<f32>::new(&device, 70_001).unwrap();
        let baseline = bed.baseline(1).unwrap();
        let case = Case {
            bed: &bed,
            baseline: &baseline,
            activation: Activation::RELU,
            direction: Direction::Forward,
        };
        for byte_offset in [0, UNALIGNED_BYTES] {
            let step = |activation| bed.step(activation, Direction::Forward, byte_offset).unwrap();
            assert!(case.check(&step(Activation::RELU), byte_offset).unwrap().pass);
            assert!(!case.check(&step(Activation::TANH), byte_offset).unwrap().pass);
        }
        // Data that the step was not bound to.
        let step = bed.step(Activation::RELU, Direction::Forward, UNALIGNED_BYTES).unwrap();
        assert!(!case.check(&step, 0).unwrap().pass);
    }
}
