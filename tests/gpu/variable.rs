//! Steps whose length is a value, from the CPU and from the GPU.

use wgpu_activations::{
    Activation, Channels, Error, Formula, Gpu, Operand, Span, Storage, VariableStep, half, wgpu,
};

use crate::common::GPU;

const CAPACITY: u64 = 70_000;

fn record(gpu: &Gpu, record: impl FnOnce(&mut wgpu::CommandEncoder)) {
    let mut encoder = gpu.device().create_command_encoder(&Default::default());
    record(&mut encoder);
    gpu.queue().submit([encoder.finish()]);
}

fn run(gpu: &Gpu, step: &mut VariableStep, elements: u64) {
    step.set_length(gpu.queue(), elements).unwrap();
    record(gpu, |encoder| step.record(&mut encoder.begin_compute_pass(&Default::default())));
}

/// As many as were asked for, in whole words, and no more.
#[test]
fn as_many_elements_as_the_value_says_are_computed() {
    let gpu = &*GPU;
    let x = gpu.upload(&vec![2.0_f32; CAPACITY as usize]).unwrap();
    let square = gpu.kernels().forward(Activation::RELU_SQUARED, Storage::F32).unwrap();
    for length in [0, 1, 4, 513, 65_536, CAPACITY] {
        let y = gpu.upload(&vec![0.0_f32; CAPACITY as usize]).unwrap();
        let mut step = square.bind_variable(Activation::RELU_SQUARED, [x.span()], y.span()).unwrap();
        assert_eq!((step.capacity(), step.elements_per_word()), (CAPACITY, 4));
        run(gpu, &mut step, length);
        let y = gpu.read_blocking(&y).unwrap();
        let whole = length.next_multiple_of(4) as usize;
        assert!(y[..whole].iter().all(|value| *value == 4.0), "{length}");
        assert!(y[whole..].iter().all(|value| *value == 0.0), "{length}");
    }
}

#[test]
fn a_submission_has_the_last_length_and_the_next_one_its_own() {
    let gpu = &*GPU;
    let (x, bias) = (gpu.upload(&[0.0_f32; 64]).unwrap(), gpu.upload(&[1.0_f32, 2.0, 3.0, 4.0]).unwrap());
    let layer: Formula = "x = x + bias[c]".parse().unwrap();
    let operands = [("x", x.span().into()), ("bias", Operand::channels(bias.span(), Channels::new(4, 1)))];
    let mut step = gpu.kernels().formula(&layer, Storage::F32).unwrap().bind_variable(&operands).unwrap();
    for length in [64, 8, 4] {
        run(gpu, &mut step, length);
    }
    let x = gpu.read_blocking(&x).unwrap();
    let expected = (0..64).map(|index| [3.0, 2.0, 1.0][usize::from(index >= 4) + usize::from(index >= 8)]);
    let expected: Vec<f32> =
        expected.zip([1.0, 2.0, 3.0, 4.0].into_iter().cycle()).map(|(a, b)| a * b).collect();
    assert_eq!(x, expected);
}

/// Length and workgroups come from buffers, as a shader would write them.
#[test]
fn the_gpu_may_know_the_length_alone() {
    let gpu = &*GPU;
    let x = gpu.upload(&vec![half::f16::ONE; 4096]).unwrap();
    let double: Formula = "x = x + x".parse().unwrap();
    let kernel = gpu.kernels().formula(&double, Storage::F16).unwrap();
    let step = kernel.bind_variable(&[("x", x.span().into())]).unwrap();
    assert_eq!(step.elements_per_word(), 8);
    let words = 1000_u32 / 8;
    let groups = words.div_ceil(step.words_per_workgroup());
    assert!(groups <= step.workgroups_per_row());
    let buffer = gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 16,
        usage: wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::INDIRECT,
        mapped_at_creation: false,
    });
    gpu.queue().write_buffer(&buffer, 0, bytemuck::cast_slice(&[groups, 1, 1, words]));
    record(gpu, |encoder| {
        encoder.copy_buffer_to_buffer(&buffer, 12, step.length().unwrap(), 0, 4);
        step.record_indirect(&mut encoder.begin_compute_pass(&Default::default()), &buffer, 0);
    });
    let x = gpu.read_blocking(&x).unwrap();
    assert!(x[..1000].iter().all(|value| value.to_f32() == 2.0));
    assert!(x[1000..].iter().all(|value| value.to_f32() == 1.0));
}

#[test]
fn what_cannot_be_is_refused_with_its_numbers() {
    let gpu = &*GPU;
    let x = gpu.upload(&[0.0_f32; 70]).unwrap();
    let relu = gpu.kernels().forward(Activation::RELU, Storage::F32).unwrap();
    let bind = |first: u64, count| {
        let span = Span::new(x.buffer(), 4 * first, count);
        relu.bind_variable(Activation::RELU, [span], span)
    };
    // A head, a middle and a tail.
    assert!(matches!(bind(0, 70), Err(Error::FixedLength { dispatches: 2 })));
    // Ranges that lie differently go in words of 4 bytes.
    let y = gpu.upload(&[0.0_f32; 66]).unwrap();
    let mut step = relu.bind_variable(Activation::RELU, [Span::new(x.buffer(), 4, 66)], y.span()).unwrap();
    assert_eq!((step.capacity(), step.elements_per_word()), (66, 1));
    let error = step.set_length(gpu.queue(), 67).unwrap_err();
    assert!(matches!(error, Error::TooLong { elements: 67, capacity: 66 }), "{error}");
    let mut nothing = bind(0, 0).unwrap();
    assert!(nothing.length().is_none() && nothing.set_length(gpu.queue(), 1).is_err());
    run(gpu, &mut nothing, 0);
}
