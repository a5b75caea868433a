//! A step through wgpu by its plan alone: what a user of no host layer does. The same bits as the host layer's. Fails without an adapter.

use wgpu_activations::plan::{Binding, Buffer, Holder, Limits, Operand, Parameters, Planner, Span, Step};
use wgpu_activations::{
    Activation, Axis, Channels, Direction, Element, Gate, Gpu, GpuBuffer, Kind, Order, Pair, Softmax, Spec,
    Storage, Target, half, verify, wgpu,
};

use crate::common::GPU;

/// The device in numbers.
fn planner(gpu: &Gpu) -> Planner {
    let (limits, adapter) = (gpu.device().limits(), gpu.adapter_info());
    let target = Target::from(adapter.device_type);
    let limits = Limits {
        // Small enough that there are several dispatches.
        max_storage_buffer_binding_size: 4096,
        min_storage_buffer_offset_alignment: limits.min_storage_buffer_offset_alignment.into(),
        max_storage_buffers_per_shader_stage: limits.max_storage_buffers_per_shader_stage,
        ..Limits::default()
    };
    Planner::new(limits, if adapter.backend == wgpu::Backend::Gl { target.without_unpack() } else { target })
}

/// The numbers of buffers are their places in `buffers`.
fn run(gpu: &Gpu, step: &Step<'_, Buffer>, buffers: &[&wgpu::Buffer]) {
    let device = gpu.device();
    let create = |bytes: u64, usage| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes.max(4),
            usage,
            mapped_at_creation: false,
        })
    };
    let scratch = create(step.scratch_bytes(), wgpu::BufferUsages::STORAGE);
    let mut encoder = device.create_command_encoder(&Default::default());
    for dispatch in step.dispatches() {
        let uniform = create(
            dispatch.uniform().len() as u64,
            wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        );
        gpu.queue().write_buffer(&uniform, 0, dispatch.uniform());
        let bindings: Vec<Binding<'_, Buffer>> = dispatch.bindings().collect();
        let of_storage = |binding: &Binding<'_, Buffer>| {
            let ty = wgpu::BufferBindingType::Storage { read_only: binding.read_only };
            (binding.number, ty, binding.min_size)
        };
        let uniform_type = (0, wgpu::BufferBindingType::Uniform, dispatch.uniform().len() as u64);
        let types = std::iter::once(uniform_type).chain(bindings.iter().map(of_storage));
        let entries: Vec<_> = types
            .map(|(binding, ty, bytes)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty,
                    has_dynamic_offset: false,
                    min_binding_size: bytes.try_into().ok(),
                },
                count: None,
            })
            .collect();
        let layout = device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            #[allow(clippy::useless_conversion, reason = "since wgpu 29, layouts are optional")]
            bind_group_layouts: &[(&layout).into()],
            ..Default::default()
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(dispatch.wgsl().into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&dispatch.label()),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        let of_buffer = |binding: &Binding<'_, Buffer>| {
            let buffer = match binding.holder {
                Holder::Given(buffer) => buffers[buffer.number as usize],
                Holder::Scratch => &scratch,
            };
            let resource =
                wgpu::BufferBinding { buffer, offset: binding.offset, size: binding.size.try_into().ok() };
            wgpu::BindGroupEntry {
                binding: binding.number,
                resource: wgpu::BindingResource::Buffer(resource),
            }
        };
        let job = wgpu::BindGroupEntry { binding: 0, resource: uniform.as_entire_binding() };
        let entries: Vec<_> = std::iter::once(job).chain(bindings.iter().map(of_buffer)).collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &layout,
            entries: &entries,
        });
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        let [x, y, z] = dispatch.workgroups();
        pass.dispatch_workgroups(x, y, z);
    }
    gpu.queue().submit([encoder.finish()]);
}

fn values<T: Element>(count: usize) -> Vec<T> {
    (0..count).map(|index| T::from_f32((index % 97) as f32 / 16.0 - 3.0)).collect()
}

/// As the planner sees them.
fn described<T: Element>(buffers: &[&GpuBuffer<T>]) -> Vec<Buffer> {
    let describe = |(number, buffer): (u64, &&GpuBuffer<T>)| Buffer { number, bytes: buffer.buffer().size() };
    (0..).zip(buffers).map(describe).collect()
}

/// Wide words, and a tail.
#[test]
fn a_kernel_of_f16_runs_by_its_plan() {
    let gpu = &GPU;
    let x = gpu.upload(&values::<half::f16>(5003)).unwrap();
    let y = gpu.upload(&vec![half::f16::ZERO; 5003]).unwrap();
    let act = Activation::leaky_relu(0.2).unwrap();
    let buffers = described(&[&x, &y]);
    let [from, to] = [0, 1].map(|index| Span::new(&buffers[index], 0, 5003));
    let kernel = (act.kind(), Direction::Forward, Storage::F16);
    let step = planner(gpu).step(kernel, act, &[from.into()], to).unwrap();
    assert!(step.dispatches().len() > 2);
    run(gpu, &step, &[x.buffer(), y.buffer()]);
    let expected = gpu.read_blocking(&gpu.forward(act, &x).unwrap()).unwrap();
    assert_eq!(gpu.read_blocking(&y).unwrap(), expected);
}

/// In two levels, with scratch; parameters by channel.
#[test]
fn a_sum_runs_by_its_plan() {
    let gpu = &GPU;
    let channels = Channels::new(3, 7);
    let [x, dy] = [0, 1].map(|_| gpu.upload(&values::<f32>(21 * 300)).unwrap());
    let [weights, dw] = [0, 1].map(|_| gpu.upload(&values::<f32>(3)).unwrap());
    let act = Activation::prelu(0.25).unwrap();
    let buffers = described(&[&x, &dy, &weights, &dw]);
    let [at, dy_at, weights_at, dw_at] = [0, 1, 2, 3].map(|index| Span::all(&buffers[index]));
    let learned = [weights_at];
    let parameters = Parameters::learned(act, &learned, channels);
    let kernel = Spec::new(Kind::Prelu, Direction::ParameterGradient(0), Storage::F32);
    let step = planner(gpu).step(kernel, parameters, &[at.into(), dy_at.into()], dw_at).unwrap();
    assert!(step.scratch_bytes() > 0);
    run(gpu, &step, &[x.buffer(), dy.buffer(), weights.buffer(), dw.buffer()]);
    let spans = [weights.span()];
    let learned = wgpu_activations::Parameters::learned(act, &spans, channels);
    let expected = gpu.read_blocking(&gpu.parameter_gradient(learned, 0, &x, &dy).unwrap()).unwrap();
    let got = gpu.read_blocking(&dw).unwrap();
    // Cut in another way, terms are added in another order.
    for (got, expected) in got.iter().zip(&expected) {
        assert!((got - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{got} is not {expected}");
    }
}

#[test]
fn gates_formulas_and_softmax_run_by_their_plans() {
    let gpu = &GPU;
    let [x, other] = [0, 1].map(|_| gpu.upload(&values::<f32>(2048)).unwrap());
    let y = gpu.upload(&[0.0_f32; 1024]).unwrap();
    let buffers = described(&[&x, &other, &y]);
    let [at, other_at] = [0, 1].map(|index| Span::all(&buffers[index]));
    let to = Span::all(&buffers[2]);
    let real = [x.buffer(), other.buffer(), y.buffer()];

    let packed = Pair::halves(at, 256, Order::GateFirst).unwrap();
    let kernel = Spec::gated(Gate::SWIGLU, Direction::Forward, Storage::F32);
    run(gpu, &planner(gpu).step(kernel, Gate::SWIGLU, &[packed.into()], to).unwrap(), &real);
    let packed = Pair::halves(&x, 256, Order::GateFirst).unwrap();
    let expected = gpu.gated_forward(Gate::SWIGLU, packed).unwrap();
    assert_eq!(gpu.read_blocking(&y).unwrap(), gpu.read_blocking(&expected).unwrap());

    let formula = "other = gelu_erf(x) * other + k with k = 2".parse().unwrap();
    let operands = [("x", at.into()), ("other", other_at.into()), ("k", Operand::from(1.5))];
    let step = planner(gpu).formula(&formula, Storage::F32, false, &operands).unwrap();
    let copy = gpu.upload(&gpu.read_blocking(&other).unwrap()).unwrap();
    let bound = [("x", x.span().into()), ("other", copy.span().into()), ("k", 1.5.into())];
    gpu.run_formula(&formula, Storage::F32, &bound).unwrap();
    run(gpu, &step, &real);
    assert_eq!(gpu.read_blocking(&other).unwrap(), gpu.read_blocking(&copy).unwrap());

    let softmax = Softmax::new(Axis::last(128));
    let expected = gpu.softmax(softmax, &x).unwrap();
    run(gpu, &planner(gpu).softmax(softmax, Storage::F32, at, at).unwrap(), &real);
    assert_eq!(gpu.read_blocking(&x).unwrap(), gpu.read_blocking(&expected).unwrap());
}

/// Other devices' workgroups than these drivers' own: 256 invocations to a long row, several to a column of words.
#[test]
fn rows_are_right_as_a_gpu_divides_them() {
    let limits = GPU.device().limits();
    let limits = Limits {
        min_storage_buffer_offset_alignment: limits.min_storage_buffer_offset_alignment.into(),
        ..Limits::default()
    };
    let planner = Planner::new(limits, Target::GPU);
    for (axis, outer, workgroup) in
        [(Axis::last(8192), 3, 256), (Axis::new(1000, 14), 5, 64), (Axis::new(12, 49), 3, 64)]
    {
        let logits = values::<f32>(outer * (axis.size() * axis.inner()) as usize);
        let [x, y] = [0, 1].map(|_| GPU.upload(&logits).unwrap());
        let buffers = described(&[&x, &y]);
        let [from, to] = [0, 1].map(|index| Span::all(&buffers[index]));
        let softmax = Softmax::new(axis);
        let step = planner.softmax(softmax, Storage::F32, from, to).unwrap();
        let text = step.dispatches().next().unwrap().wgsl();
        assert!(text.contains(&format!("const WORKGROUP: u32 = {workgroup}u;")), "{axis:?}");
        run(&GPU, &step, &[x.buffer(), y.buffer()]);
        let got = GPU.read_blocking(&y).unwrap();
        let check = verify::judge_softmax(softmax, Storage::F32, &logits, &got).unwrap();
        assert!(check.pass, "{check}");
    }
}

/// What is wrong is told without a device.
#[test]
fn a_plan_refuses_what_bind_refuses() {
    use wgpu_activations::Error;
    let planner =
        Planner::new(Limits { max_storage_buffers_per_shader_stage: 2, ..Limits::default() }, Target::GPU);
    let buffers = [0, 1, 2].map(|number| Buffer { number, bytes: 64 });
    let [x, y, z] = buffers.each_ref().map(Span::all);
    let forward = (Kind::Relu, Direction::Forward, Storage::F32);
    let backward = (Kind::Relu, Direction::Backward, Storage::F32);
    let relu = Activation::RELU;
    let short = planner.step(forward, relu, &[Span::new(&buffers[0], 0, 17).into()], y);
    assert!(matches!(short, Err(Error::OutOfBounds { .. })));
    let missing = planner.step(backward, relu, &[x.into()], y);
    assert!(matches!(missing, Err(Error::WrongOperands { .. })), "{missing:?}");
    let pair = planner.step(forward, relu, &[Pair::separate(x, y).into()], z);
    assert!(matches!(pair, Err(Error::WrongOperands { .. })), "{pair:?}");
    let many = planner.step(backward, relu, &[x.into(), y.into()], z);
    assert!(matches!(many, Err(Error::LimitExceeded { limit: "max_storage_buffers_per_shader_stage", .. })));
    let other = planner.step(forward, Activation::TANH, &[x.into()], y);
    assert!(matches!(other, Err(Error::WrongKernel { .. })));
}
