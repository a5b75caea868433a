//! Several devices in one process, and what is uploaded to them.

use wgpu_activations::{Activation, Error, Gate, Gpu, Kernels, Options, Pair, Span, Storage, wgpu};

use crate::common::alone;
use crate::instance::adapters_of_another_instance;

fn gpu() -> Gpu {
    Gpu::request_blocking(&Options::from_env()).expect("these tests need an adapter")
}

/// A device of an instance of its own, whose numbers begin where every instance's do.
fn of_another_instance() -> Gpu {
    let backends = Options::from_env().backends.unwrap_or(wgpu::Backends::all());
    let name = gpu().adapter_info().name;
    let adapters = adapters_of_another_instance(backends);
    let adapter = adapters.into_iter().find(|adapter| adapter.get_info().name == name).unwrap();
    let (device, queue) = pollster::block_on(adapter.request_device(&Default::default())).unwrap();
    Gpu::from_parts(device, queue)
}

#[test]
fn a_buffer_of_another_gpu_is_a_typed_error() {
    let _alone = alone();
    let parts = |gpu: &Gpu| Gpu::from_parts(gpu.device().clone(), gpu.queue().clone());
    for (a, b) in
        [(gpu(), gpu()), (of_another_instance(), of_another_instance()), (gpu(), of_another_instance())]
    {
        let (mine, other) = (a.upload(&[10.0, 20.0]).unwrap(), b.upload(&[1.0, 2.0]).unwrap());
        let (relu, prelu) = (Activation::RELU, Activation::prelu(0.25).unwrap());
        let name = |result: Result<(), Error>| match result {
            Err(Error::OtherGpu { operand }) => operand,
            result => panic!("{result:?}"),
        };
        let [pair, mixed] = [Pair::separate(&other, &mine), Pair::separate(&mine, &other)];
        let packed = Pair::interleaved(&other, wgpu_activations::Order::ValueFirst);
        let operands = [
            name(a.forward(relu, &other).map(|_| ())),
            name(a.backward(relu, &mine, &other).map(|_| ())),
            name(a.backward(relu, &other, &mine).map(|_| ())),
            name(a.backward_from_output(relu, &other, &mine).map(|_| ())),
            name(a.backward_parameter(prelu, 0, &mine, &other).map(|_| ())),
            name(a.parameter_gradient(prelu, 0, &other, &mine).map(|_| ())),
            name(a.gated_forward(Gate::SWIGLU, pair).map(|_| ())),
            name(a.gated_forward(Gate::SWIGLU, mixed).map(|_| ())),
            name(a.gated_forward(Gate::SWIGLU, packed).map(|_| ())),
            name(a.gated_backward(Gate::SWIGLU, Pair::separate(&mine, &mine), &other).map(|_| ())),
            name(a.gated_backward_parameter(prelu, 0, mixed, &mine).map(|_| ())),
            name(a.read_blocking(&other).map(|_| ())),
        ];
        let expected = ["x", "dy", "x", "y", "dy", "x", "value", "gate", "x", "dy", "gate", "the buffer"];
        assert_eq!(operands, expected);
        // Clones, other shaders, and the same device given are one.
        for same in [a.clone(), parts(&a)] {
            assert_eq!(same.read_blocking(&same.forward(relu, &mine).unwrap()).unwrap(), [10.0, 20.0]);
        }
    }
}

/// One instance: wgpu itself tells bare buffers of two devices apart, by the label that they were bound with.
#[test]
fn bare_buffers_of_another_gpu_are_refused_with_the_users_label() {
    let _alone = alone();
    let (a, b) = (gpu(), gpu());
    // There, each has an instance of its own.
    if a.adapter_info().backend == wgpu::Backend::Gl {
        return;
    }
    let (mine, other) = (a.upload(&[1.0; 4]).unwrap(), b.upload(&[1.0; 4]).unwrap());
    let kernels = Kernels::new(a.device()).with_label("layer 3");
    let relu = kernels.forward(Activation::RELU, Storage::F32).unwrap();
    let error = relu.bind(Activation::RELU, [other.span()], mine.span()).unwrap_err();
    let Error::Refused { message, .. } = &error else { panic!("{error}") };
    assert!(message.contains("layer 3"), "{message}");
    let formula = kernels.formula(&"x + b[]".parse().unwrap(), Storage::F32);
    let single = wgpu_activations::Operand::single(Span::new(other.buffer(), 0, 1));
    let operands = [("x", mine.span().into()), ("b", single), ("y", mine.span().into())];
    assert!(formula.unwrap().bind(&operands).unwrap_err().to_string().contains("layer 3"));
}
