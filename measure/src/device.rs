//! A device to measure on.

use anyhow::{Context, Result};
use wgpu_activations::{Gpu, Options, request_adapter, wgpu};

use crate::clock::Clock;

/// A device with the adapter's own limits, and its clock.
#[derive(Debug)]
pub struct Device {
    /// The device.
    pub gpu: Gpu,
    /// How long its work takes.
    pub clock: Clock,
}

impl Device {
    /// What is asked for where it is there.
    const WELCOME: wgpu::Features = wgpu::Features::TIMESTAMP_QUERY.union(wgpu::Features::SHADER_F16);

    /// Opens one, with timestamps and SHADER_F16 where the adapter has them.
    pub fn open(options: &Options) -> Result<Self> {
        let adapter = pollster::block_on(request_adapter(options))?;
        let request = adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("bench"),
            required_features: adapter.features() & Self::WELCOME,
            required_limits: adapter.limits(),
            ..Default::default()
        });
        let (device, queue) = pollster::block_on(request).context("the adapter made no device")?;
        let clock = Clock::new(&device, &queue);
        Ok(Self { gpu: Gpu::from_parts(device, queue), clock })
    }
}
