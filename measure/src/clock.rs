//! How long work takes on a device: by its own timestamps, or by the wall clock around submit and wait.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;
use wgpu_activations::{Step, wgpu};

/// Something that is recorded and timed.
pub trait Work {
    /// Records it so many times, one after the other.
    fn record(&self, encoder: &mut wgpu::CommandEncoder, times: u32);
}

/// In a pass of its own.
impl Work for Step {
    fn record(&self, encoder: &mut wgpu::CommandEncoder, times: u32) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for _ in 0..times {
            Self::record(self, &mut pass);
        }
    }
}

/// Where durations come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The device's own timestamps.
    Timestamps,
    /// The wall clock around submit and wait.
    WallClock,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timestamps => "the device's timestamps",
            Self::WallClock => "the wall clock around submit and wait",
        })
    }
}

/// Each round's time of some work, and that as a multiple of other work's in the same round.
pub(crate) struct Samples<const N: usize> {
    pub(crate) ns: Vec<f64>,
    pub(crate) ratios: [Vec<f64>; N],
}

/// Times work on one device.
#[derive(Debug)]
pub struct Clock {
    device: wgpu::Device,
    queue: wgpu::Queue,
    stamps: Option<Stamps>,
}

/// Two timestamps, and where they are read.
#[derive(Debug)]
struct Stamps {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    read_back: wgpu::Buffer,
    ns_per_tick: f64,
}

/// So long work runs before it is measured. An idle GPU lowers its clock (an H200 from 1980 to 345 MHz) and takes tens of milliseconds to
/// raise it again: what is bound by arithmetic looked twice as slow as it is.
const WARM_UP: Duration = Duration::from_millis(100);
/// A device that takes longer is not coming back.
const PATIENCE: Duration = Duration::from_secs(60);

impl Clock {
    /// Uses timestamps if the device was opened with them.
    #[must_use]
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let has_them = device.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        let stamps = has_them.then(|| Stamps::new(device, queue));
        Self { device: device.clone(), queue: queue.clone(), stamps }
    }

    /// Where [`Clock::time`] reads the time.
    #[must_use]
    pub fn source(&self) -> Source {
        if self.stamps.is_some() { Source::Timestamps } else { Source::WallClock }
    }

    /// Nanoseconds that the work takes on the device, each time of `times`.
    pub fn time(&self, work: &dyn Work, times: u32) -> Result<f64> {
        let total = match &self.stamps {
            Some(stamps) => self.time_by_stamps(stamps, work, times),
            None => self.time_by_wall(work, times),
        };
        Ok(total? / f64::from(times))
    }

    /// Runs it until the device's clock is up.
    pub(crate) fn warm_up(&self, work: &dyn Work, times: u32) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < WARM_UP {
            self.time(work, times)?;
        }
        Ok(())
    }

    /// Nanoseconds from nothing recorded to the work done: record, submit, wait.
    pub fn call_and_wait(&self, work: &dyn Work) -> Result<f64> {
        let begin = Instant::now();
        let mut encoder = self.device.create_command_encoder(&Default::default());
        work.record(&mut encoder, 1);
        self.wait(self.queue.submit([encoder.finish()]))?;
        Ok(begin.elapsed().as_nanos() as f64)
    }

    /// Some work and what it is compared with, in turns, so that a slow moment of the machine falls on all.
    pub(crate) fn compare<const N: usize>(
        &self,
        work: &dyn Work,
        others: [&dyn Work; N],
        times: u32,
        rounds: usize,
    ) -> Result<Samples<N>> {
        self.warm_up(work, times)?;
        let mut samples = Samples { ns: Vec::new(), ratios: [const { Vec::new() }; N] };
        for _ in 0..rounds {
            let ns = self.time(work, times)?;
            samples.ns.push(ns);
            for (ratios, other) in samples.ratios.iter_mut().zip(others) {
                ratios.push(ns / self.time(other, times)?);
            }
        }
        Ok(samples)
    }

    /// Waits for everything that was submitted, writes to buffers included.
    pub fn finish(&self) -> Result<()> {
        self.wait(self.queue.submit([]))
    }

    fn time_by_wall(&self, work: &dyn Work, times: u32) -> Result<f64> {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        work.record(&mut encoder, times);
        let commands = encoder.finish();
        let begin = Instant::now();
        self.wait(self.queue.submit([commands]))?;
        Ok(begin.elapsed().as_nanos() as f64)
    }

    /// Passes without a dispatch bear the timestamps, so that a copy between buffers, which is in no pass, is timed alike.
    fn time_by_stamps(&self, stamps: &Stamps, work: &dyn Work, times: u32) -> Result<f64> {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        stamps.stamp(&mut encoder, 0);
        work.record(&mut encoder, times);
        stamps.stamp(&mut encoder, 1);
        stamps.resolve(&mut encoder);
        let submission = self.queue.submit([encoder.finish()]);
        stamps.read_back.map_async(wgpu::MapMode::Read, .., |_| {});
        self.wait(submission)?;
        let ticks = {
            let view = stamps.read_back.get_mapped_range(..).context("the timestamps cannot be read")?;
            let stamps: Vec<u64> = bytemuck::pod_collect_to_vec(&view);
            stamps[1].saturating_sub(stamps[0])
        };
        stamps.read_back.unmap();
        Ok(ticks as f64 * stamps.ns_per_tick)
    }

    fn wait(&self, submission: wgpu::SubmissionIndex) -> Result<()> {
        let wait = wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(PATIENCE) };
        self.device.poll(wait).context("the device did not finish")?;
        Ok(())
    }
}

impl Stamps {
    const BYTES: u64 = 2 * size_of::<u64>() as u64;

    fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let buffer = |usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: Self::BYTES,
                usage,
                mapped_at_creation: false,
            })
        };
        Self {
            queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            read_back: buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST),
            ns_per_tick: f64::from(queue.get_timestamp_period()),
        }
    }

    fn stamp(&self, encoder: &mut wgpu::CommandEncoder, index: u32) {
        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("timestamp"),
            timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                query_set: &self.queries,
                beginning_of_pass_write_index: None,
                end_of_pass_write_index: Some(index),
            }),
        });
    }

    fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.read_back, 0, Self::BYTES);
    }
}

/// The middle one, or the mean of the two in the middle; NaN of nothing.
#[must_use]
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}

/// The smallest; infinity of nothing.
#[must_use]
pub fn best(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(super::median(&[3.0, 1.0, 100.0]), 3.0);
        assert_eq!(super::median(&[4.0, 1.0, 2.0, 100.0]), 3.0);
        assert!(super::median(&[]).is_nan());
        assert_eq!(super::best(&[3.0, 1.0, 2.0]), 1.0);
    }
}
