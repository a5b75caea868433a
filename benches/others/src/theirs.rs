//! burn, as its users write it: operations of tensors, which its fusion makes kernels of.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use burn::tensor::{Device, DeviceKind, Tensor, TensorData, activation};
use wgpu_activations::wgpu;

use crate::contender::Contender;
use crate::task::{Function, Inputs, Task};

/// burn's own device on the same adapter.
pub(crate) fn open(adapter: &wgpu::AdapterInfo) -> Result<Device> {
    let kind = match adapter.device_type {
        wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(0),
        wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(0),
        wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(0),
        wgpu::DeviceType::Cpu => DeviceKind::Cpu,
        wgpu::DeviceType::Other => DeviceKind::DefaultDevice,
    };
    let api = match adapter.backend {
        wgpu::Backend::Vulkan => burn::tensor::wgpu::WgpuBackend::Vulkan,
        wgpu::Backend::Metal => burn::tensor::wgpu::WgpuBackend::Metal,
        wgpu::Backend::Dx12 => burn::tensor::wgpu::WgpuBackend::Dx12,
        wgpu::Backend::Gl => burn::tensor::wgpu::WgpuBackend::Gl,
        _ => burn::tensor::wgpu::WgpuBackend::Auto,
    };
    let device = Device::wgpu_options().device_kind(kind).graphics_api(api).init()?;
    let name = adapter_name(&device)?;
    ensure!(name == adapter.name, "burn is on {name}, wgpu-activations on {}", adapter.name);
    Ok(device)
}

/// What its adapter is called.
pub(crate) fn adapter_name(device: &Device) -> Result<String> {
    let identity = device.identity().context("burn does not name its adapter")?;
    Ok(identity.name)
}

/// A task, its operands on burn's device.
pub(crate) fn contender(device: &Device, task: Task, inputs: &Inputs) -> Box<dyn Contender> {
    match task {
        Task::Gated(function) => Box::new(Theirs::<2>::gated(device, function, task, inputs)),
        Task::Softmax([.., 1]) => Box::new(Theirs::<2>::softmax(device, task, inputs)),
        Task::Softmax(_) => Box::new(Theirs::<3>::softmax(device, task, inputs)),
    }
}

struct Theirs<const D: usize> {
    device: Device,
    compute: Box<dyn Fn() -> Tensor<D>>,
}

impl Theirs<2> {
    fn gated(device: &Device, function: Function, task: Task, inputs: &Inputs) -> Self {
        let bias = Tensor::<1>::from_floats(inputs.bias.as_slice(), device);
        let [x, gate] = [&inputs.x, &inputs.gate].map(|values| tensor::<2>(device, task, values));
        let activation = match function {
            Function::GeluErf => activation::gelu,
            Function::Relu => activation::relu,
        };
        let compute = move || activation(x.clone() + bias.clone().unsqueeze()) * gate.clone();
        Self { device: device.clone(), compute: Box::new(compute) }
    }
}

impl<const D: usize> Theirs<D> {
    fn softmax(device: &Device, task: Task, inputs: &Inputs) -> Self {
        let x = tensor::<D>(device, task, &inputs.x);
        Self { device: device.clone(), compute: Box::new(move || activation::softmax(x.clone(), 1)) }
    }
}

fn tensor<const D: usize>(device: &Device, task: Task, values: &[f32]) -> Tensor<D> {
    let shape: Vec<usize> = task.shape().iter().map(|size| *size as usize).collect();
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

impl<const D: usize> Contender for Theirs<D> {
    /// With what burn's users have, too: tensors for the results, from its pool of memory.
    ///
    /// `flush` after each one, while its result is alive. Without it, fusion would make one kernel of several repeats, which reads its
    /// operands once for all, or would not write a result that is dropped already.
    fn time(&self, repeats: u32) -> Result<f64> {
        let begin = Instant::now();
        for _ in 0..repeats {
            let result = (self.compute)();
            self.device.flush()?;
            drop(result);
        }
        self.device.sync()?;
        Ok(begin.elapsed().as_nanos() as f64)
    }

    fn result(&self) -> Result<Vec<f32>> {
        let data = (self.compute)().try_into_data()?;
        data.try_to_vec().map_err(|error| anyhow::anyhow!("{error:?}"))
    }
}
