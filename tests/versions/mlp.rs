//! A perceptron with one hidden layer, on one version of wgpu: `library`. The matrix multiplication is the application's own.

use super::library::{Gpu, Operand, Options, Span, wgpu};
use wgpu_activations::{Axis, Channels, Error, Formula, Softmax, SoftmaxKind, Storage::F32};

/// y = x w, of which a row has `size.y` columns, and x's `size.x`.
const MATMUL: &str = "
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) at: vec3<u32>) {
    if at.x >= arrayLength(&y) { return; }
    var sum = 0.0;
    for (var i = 0u; i < size.x; i++) { sum += x[at.x / size.y * size.x + i] * w[i * size.y + at.x % size.y]; }
    y[at.x] = sum;
}";

type Product = (wgpu::ComputePipeline, wgpu::BindGroup);

/// What computes y = x w.
fn product(device: &wgpu::Device, buffers: [&wgpu::Buffer; 3], size: [usize; 2]) -> Product {
    let source = format!("const size = vec2({}u, {}u);\n{MATMUL}", size[0], size[1]);
    let source = wgpu::ShaderSource::Wgsl(source.into());
    let module = &device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let (compilation_options, cache, entry_point) = (Default::default(), None, None);
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module,
        entry_point,
        compilation_options,
        cache,
    });
    let entry =
        |binding| wgpu::BindGroupEntry { binding, resource: buffers[binding as usize].as_entire_binding() };
    let (layout, entries) = (&pipeline.get_bind_group_layout(0), &[0, 1, 2].map(entry));
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries });
    (pipeline, group)
}

/// softmax(gelu(x w + b) v) for each row of x.
pub(crate) async fn classify(x: &[f32], [w, b, v]: [&[f32]; 3], classes: usize) -> Result<Vec<f32>, Error> {
    let gpu = Gpu::request(&Options::from_env()).await?;
    let (inputs, hidden) = (w.len() / b.len(), b.len());
    let rows = x.len() / inputs;
    let [h, y] = [hidden, classes].map(|columns| gpu.upload(&vec![0.0_f32; rows * columns]));
    let ([x, w, b, v], h, y) = ([gpu.upload(x)?, gpu.upload(w)?, gpu.upload(b)?, gpu.upload(v)?], h?, y?);

    let first = product(gpu.device(), [x.buffer(), w.buffer(), h.buffer()], [inputs, hidden]);
    let second = product(gpu.device(), [h.buffer(), v.buffer(), y.buffer()], [hidden, classes]);
    let layer: Formula = "h = gelu_erf(h + bias[c])".parse()?;
    let bias = Operand::channels(b.span(), Channels::new(hidden as u64, 1));
    let activate = gpu.kernels().formula(&layer, F32)?.bind(&[("h", h.span().into()), ("bias", bias)])?;
    let (softmax, scores) = (Softmax::new(Axis::last(classes as u64)), Span::all(y.buffer()));
    let normalize = gpu.kernels().softmax(SoftmaxKind::Softmax, F32)?.bind(softmax, [scores], scores)?;

    let mut encoder = gpu.device().create_command_encoder(&Default::default());
    let mut pass = encoder.begin_compute_pass(&Default::default());
    for ((pipeline, group), step, columns) in [(first, activate, hidden), (second, normalize, classes)] {
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups((rows * columns).div_ceil(64) as u32, 1, 1);
        step.record(&mut pass);
    }
    drop(pass);
    gpu.queue().submit([encoder.finish()]);
    gpu.read(&y).await
}
