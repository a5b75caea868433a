//! The application's own wgpu: device, buffers, pipelines, reading back. Nothing of the library is in here.

use std::sync::mpsc;

use anyhow::{Context, Result};
use bytemuck::Pod;
use wgpu::util::DeviceExt;
use wgpu_activations::wgpu;

const STORAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

#[derive(Clone)]
pub(crate) struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
}

impl Gpu {
    /// A device on the adapter that `WGPU_ADAPTER_NAME` names, else on the one that wgpu prefers, which minds `WGPU_BACKEND`.
    pub(crate) fn open() -> Result<Self> {
        let name = std::env::var("WGPU_ADAPTER_NAME").ok().filter(|name| !name.is_empty());
        pollster::block_on(Self::request(name.as_deref()))
    }

    /// `name`: a part of the adapter's name, upper and lower case alike.
    pub(crate) async fn request(name: Option<&str>) -> Result<Self> {
        let descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        let instance = wgpu::Instance::new(descriptor);
        let adapter = match name {
            Some(name) => adapter_named(&instance, name).await?,
            None => instance
                .request_adapter(&wgpu::RequestAdapterOptions {
                    power_preference: wgpu::PowerPreference::HighPerformance,
                    ..Default::default()
                })
                .await
                .context("there is no adapter: install a graphics driver, or a software one, such as Mesa's lavapipe")?,
        };
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("example"),
                required_limits: adapter.limits(),
                ..Default::default()
            })
            .await
            .with_context(|| format!("the adapter {} made no device", adapter.get_info().name))?;
        Ok(Self { device, queue })
    }

    /// `llvmpipe (LLVM 15.0.6, 256 bits), vulkan, a software adapter; driver: llvmpipe Mesa 22.3.6 (LLVM 15.0.6)`
    pub(crate) fn adapter(&self) -> String {
        let info = self.device.adapter_info();
        let software = if info.device_type == wgpu::DeviceType::Cpu { ", a software adapter" } else { "" };
        let driver = format!("{} {}", info.driver, info.driver_info);
        format!("{}, {}{software}; driver: {}", info.name, info.backend, driver.trim())
    }

    pub(crate) fn buffer<T: Pod>(&self, label: &str, contents: &[T]) -> wgpu::Buffer {
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some(label),
            contents: bytemuck::cast_slice(contents),
            usage: STORAGE,
        })
    }

    /// f32 or u32 elements, all 0.
    pub(crate) fn zeros(&self, label: &str, elements: usize) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: 4 * elements as u64,
            usage: STORAGE,
            mapped_at_creation: false,
        })
    }

    pub(crate) fn uniform<T: Pod>(&self, label: &str, contents: &[T]) -> wgpu::Buffer {
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some(label),
            contents: bytemuck::cast_slice(contents),
            usage: wgpu::BufferUsages::UNIFORM,
        })
    }

    pub(crate) fn module(&self, label: &str, source: &str) -> wgpu::ShaderModule {
        self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(label),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        })
    }

    pub(crate) fn compute(&self, module: &wgpu::ShaderModule, entry_point: &str) -> wgpu::ComputePipeline {
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(entry_point),
            layout: None,
            module,
            entry_point: Some(entry_point),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
    }

    /// Resources in the order of their bindings in group 0.
    pub(crate) fn bind(
        &self,
        layout: &wgpu::BindGroupLayout,
        resources: &[wgpu::BindingResource<'_>],
    ) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource: resource.clone() })
            .collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }

    /// One dispatch, ready to be recorded: enough workgroups of 64 for `invocations`.
    pub(crate) fn work(
        &self,
        pipeline: &wgpu::ComputePipeline,
        resources: &[wgpu::BindingResource<'_>],
        invocations: usize,
    ) -> Work {
        Work {
            pipeline: pipeline.clone(),
            bind_group: self.bind(&pipeline.get_bind_group_layout(0), resources),
            workgroups: invocations.div_ceil(64) as u32,
        }
    }

    /// Records into one compute pass and submits it.
    pub(crate) fn submit(&self, record: impl FnOnce(&mut wgpu::ComputePass<'_>)) -> wgpu::SubmissionIndex {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        record(&mut encoder.begin_compute_pass(&Default::default()));
        self.queue.submit([encoder.finish()])
    }

    pub(crate) fn wait(&self, submission: wgpu::SubmissionIndex) -> Result<()> {
        self.device.poll(wgpu::PollType::Wait { submission_index: Some(submission), timeout: None })?;
        Ok(())
    }

    /// A buffer's contents, when all that was submitted is done.
    pub(crate) fn read<T: Pod>(&self, buffer: &wgpu::Buffer) -> Result<Vec<T>> {
        let staging = self.staging(buffer.size());
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
        self.read_staging(&staging, encoder)
    }

    pub(crate) fn staging(&self, size: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read-back"),
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Submits what fills the staging buffer, and waits for it.
    pub(crate) fn read_staging<T: Pod>(
        &self,
        staging: &wgpu::Buffer,
        encoder: wgpu::CommandEncoder,
    ) -> Result<Vec<T>> {
        let submission = self.queue.submit([encoder.finish()]);
        let (sender, mapped) = mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            let _ = sender.send(result); // the receiver is gone only after an error
        });
        self.wait(submission)?;
        mapped.recv()?.context("the read-back buffer could not be mapped")?;
        Ok(bytemuck::pod_collect_to_vec(&staging.get_mapped_range(..)?))
    }
}

async fn adapter_named(instance: &wgpu::Instance, part: &str) -> Result<wgpu::Adapter> {
    let adapters = instance.enumerate_adapters(wgpu::Backends::all()).await;
    let names: Vec<String> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
    let found = adapters
        .into_iter()
        .find(|adapter| adapter.get_info().name.to_lowercase().contains(&part.to_lowercase()));
    found.with_context(|| format!("no adapter's name contains {part:?}; there are {names:?}"))
}

/// A dispatch of one of the application's own kernels.
pub(crate) struct Work {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    workgroups: u32,
}

impl Work {
    pub(crate) fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(self.workgroups, 1, 1);
    }
}
