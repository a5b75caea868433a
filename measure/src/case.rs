//! One measurement: an activation and direction over a bed.

use anyhow::Result;
use wgpu_activations::verify::Check;
use wgpu_activations::{Activation, Direction, Element, Step};

use crate::bed::{Bed, Yardstick};
use crate::check::check;
use crate::clock::{best, median};
use crate::processor::Processor;
use crate::promise;
use crate::report::Measurement;
use crate::yardstick::BufferCopy;

/// Rounds: a kernel and its yardsticks, one after the other.
const ROUNDS: usize = 9;
/// Rounds of what no promise is made of.
const FEW_ROUNDS: usize = 5;
/// So many bytes make an operand unaligned.
const UNALIGNED_BYTES: u64 = 4;

pub(crate) struct Case<'a, T> {
    pub(crate) bed: &'a Bed<'a, T>,
    pub(crate) yardstick: &'a Yardstick<'a>,
    pub(crate) activation: Activation,
    pub(crate) direction: Direction,
}

/// The samples of several rounds.
#[derive(Default)]
struct Samples {
    kernel: Vec<f64>,
    to_copy_kernel: Vec<f64>,
    to_buffer_copy: Vec<f64>,
}

impl<T: Element> Case<'_, T> {
    /// `output` is room for what the processor computes.
    pub(crate) fn measure(&self, output: &mut [T]) -> Result<Measurement> {
        let Self { bed, activation, direction, .. } = self;
        let step = bed.step(*activation, *direction, 0)?;
        let check = self.check(&step, 0)?;
        let samples = self.sample(&step, ROUNDS)?;
        let waits = (0..FEW_ROUNDS).map(|_| bed.device.clock.call_and_wait(&step));
        let waits = waits.collect::<Result<Vec<f64>>>()?;

        let unaligned_step = bed.step(*activation, *direction, UNALIGNED_BYTES)?;
        let unaligned_check = self.check(&unaligned_step, UNALIGNED_BYTES)?;
        let unaligned = self.sample(&unaligned_step, FEW_ROUNDS)?;

        let cpu = Processor { bed, activation: *activation, direction: *direction, output }.measure()?;
        let inputs = self.yardstick.figures.inputs as f64;
        let elements = bed.elements as f64;
        let kernel = median(&samples.kernel);
        Ok(Measurement {
            activation: activation.kind().name(),
            parameters: activation.to_string(),
            direction: direction.name(activation.kind()),
            storage: T::STORAGE,
            elements: bed.elements,
            ns_per_element: kernel / elements,
            best_ns_per_element: best(&samples.kernel) / elements,
            gb_per_s: (inputs + 1.0) * bed.bytes() as f64 / kernel,
            ratio_to_copy_kernel: median(&samples.to_copy_kernel),
            promised_ratio: promise::ratio(
                activation.kind(),
                T::STORAGE,
                bed.elements,
                bed.device.gpu.adapter_info().device_type,
            ),
            ratio_to_buffer_copy: median(&samples.to_buffer_copy),
            unaligned_ns_per_element: median(&unaligned.kernel) / elements,
            unaligned_ratio_to_copy_kernel: median(&unaligned.to_copy_kernel),
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

    /// Kernel and yardsticks in turn, so that a slow moment of the machine falls on all.
    fn sample(&self, step: &Step, rounds: usize) -> Result<Samples> {
        let clock = &self.bed.device.clock;
        let Yardstick { copy_kernel, buffer_copy, times, .. } = self.yardstick;
        let mut samples = Samples::default();
        for _ in 0..rounds {
            let kernel = clock.time(step, *times)?;
            samples.kernel.push(kernel);
            samples.to_copy_kernel.push(kernel / clock.time(copy_kernel, *times)?);
            samples.to_buffer_copy.push(kernel / clock.time(buffer_copy, *times)?);
        }
        Ok(samples)
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
        let yardstick = bed.yardstick(1).unwrap();
        let case = Case {
            bed: &bed,
            yardstick: &yardstick,
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
