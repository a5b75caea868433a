//! The other side: the same operands on the CPU, and from which size on an adapter beats it.

use std::time::Instant;

use anyhow::Result;
use wgpu_activations::cpu::{Cpu, Threads};
use wgpu_activations::verify::Check;
use wgpu_activations::{Activation, Direction, Element};

use crate::bed::Bed;
use crate::check::check;
use crate::clock::median;

const ROUNDS: usize = 5;

/// An activation and direction over a bed's operands on the CPU.
pub(crate) struct CpuSide<'a, T> {
    pub(crate) bed: &'a Bed<'a, T>,
    pub(crate) activation: Activation,
    pub(crate) direction: Direction,
    /// Room for the results.
    pub(crate) output: &'a mut [T],
}

/// What was found.
pub(crate) struct Times {
    pub(crate) one_thread_ns: f64,
    pub(crate) all_threads_ns: f64,
    pub(crate) check: Check,
}

impl<T: Element> CpuSide<'_, T> {
    pub(crate) fn measure(&mut self) -> Result<Times> {
        let elements = self.bed.elements as usize;
        let one_thread_ns = self.time(Threads::One, elements)?;
        self.output.fill(T::from_f32(f32::NAN));
        let all_threads_ns = self.time(Threads::All, elements)?;
        let Self { bed, activation, direction, output } = self;
        let check = check(*activation, *direction, &bed.x.host, &bed.dy.host, &output[..elements]);
        Ok(Times { one_thread_ns, all_threads_ns, check })
    }

    /// The smallest power of two of elements over which recording, submitting and waiting takes less time than all threads do; `None` if
    /// not even over all of the bed's. One crossing is assumed: an adapter's costs are paid once a call.
    pub(crate) fn crossover(&mut self) -> Result<Option<u64>> {
        let most = self.bed.elements;
        if !self.adapter_wins(most)? {
            return Ok(None);
        }
        // The adapter wins over 2^high elements, or over all.
        let (mut low, mut high) = (0, most.ilog2() + 1);
        while low < high {
            let middle = low.midpoint(high);
            if self.adapter_wins(1 << middle)? { high = middle } else { low = middle + 1 }
        }
        Ok(Some(most.min(1 << high)))
    }

    fn adapter_wins(&mut self, elements: u64) -> Result<bool> {
        let Self { bed, activation, direction, .. } = self;
        let step = bed.step_over(elements, *activation, *direction, 0)?;
        let wait = || bed.device.clock.call_and_wait(&step);
        wait()?;
        let waits = (0..ROUNDS).map(|_| wait()).collect::<Result<Vec<f64>>>()?;
        Ok(median(&waits) < self.time(Threads::All, elements as usize)?)
    }

    fn time(&mut self, threads: Threads, elements: usize) -> Result<f64> {
        time(|| self.run(threads, elements))
    }

    fn run(&mut self, threads: Threads, elements: usize) -> Result<()> {
        let cpu = Cpu::with_threads(threads);
        let (x, dy) = (&self.bed.x.host[..elements], &self.bed.dy.host[..elements]);
        let output = &mut self.output[..elements];
        match self.direction {
            Direction::Forward => cpu.forward(self.activation, x, output)?,
            Direction::Second => cpu.second(self.activation, x, dy, output)?,
            _ => cpu.backward(self.activation, x, dy, output)?,
        }
        Ok(())
    }
}

/// Nanoseconds of what the CPU does, the first time aside.
pub(crate) fn time(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    run()?;
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        run()?;
        samples.push(begin.elapsed().as_nanos() as f64);
    }
    Ok(median(&samples))
}
