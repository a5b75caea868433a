//! Devices that allow less than WebGPU promises, as WebGL2 and its compatibility mode do: results, or `LimitExceeded` with both numbers,
//! and never wgpu's own text.

use wgpu_activations::{
    Activation, Channels, Direction, Error, Gate, Gpu, Kernels, Kind, Pair, Parameters, Span, Spec, Storage,
    wgpu,
};

use crate::common::{device_with, submit};

fn device(change: impl Fn(&mut wgpu::Limits)) -> Gpu {
    device_with(|_| {
        let mut limits = wgpu::Limits::downlevel_defaults();
        change(&mut limits);
        limits
    })
}

fn exceeded(result: Result<(), Error>) -> (&'static str, u64, u64) {
    match result {
        Err(Error::LimitExceeded { limit, wanted, allowed, .. }) => (limit, wanted, allowed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_device_allows_is_said_before_wgpu_says_it() {
    let invocations =
        |most| move |limits: &mut wgpu::Limits| limits.max_compute_invocations_per_workgroup = most;
    let bytes = |most| move |limits: &mut wgpu::Limits| limits.max_compute_workgroup_storage_size = most;
    let buffers = |most| move |limits: &mut wgpu::Limits| limits.max_storage_buffers_per_shader_stage = most;
    type Case = (Gpu, (&'static str, u64, u64), bool);
    let cases: [Case; 6] = [
        (device(invocations(32)), ("max_compute_invocations_per_workgroup", 64, 32), false),
        (device(|it| it.max_compute_workgroup_size_x = 32), ("max_compute_workgroup_size_x", 64, 32), false),
        (
            device(|it| it.max_uniform_buffer_binding_size = 64),
            ("max_uniform_buffer_binding_size", 416, 64),
            false,
        ),
        (
            device(|it| *it = wgpu::Limits::downlevel_webgl2_defaults()),
            ("max_compute_workgroup_size_x", 64, 0),
            false,
        ),
        (device(buffers(2)), ("max_storage_buffers_per_shader_stage", 3, 2), true),
        (device(bytes(0)), ("max_compute_workgroup_storage_size", 1024, 0), true),
    ];
    for (gpu, expected, forward_works) in cases {
        let kernels = Kernels::new(gpu.device());
        let spec = |kind: Kind, direction| Spec::new(kind, direction, Storage::F32);
        let of_sums = kernels.warm_up(&[spec(Kind::Prelu, Direction::ParameterGradient(0))]);
        assert_eq!(exceeded(of_sums), expected);
        let forward = kernels.warm_up(&[spec(Kind::Relu, Direction::Forward)]);
        if forward_works {
            forward.unwrap();
            let (x, dy) = (gpu.upload(&[1.0; 64]).unwrap(), gpu.upload(&[1.0; 64]).unwrap());
            assert_eq!(gpu.read_blocking(&gpu.forward(Activation::RELU, &x).unwrap()).unwrap(), [1.0; 64]);
            let sums = gpu.parameter_gradient(Activation::prelu(0.25).unwrap(), 0, &x, &dy);
            assert_eq!(exceeded(sums.map(|_| ())), expected);
        } else {
            assert_eq!(exceeded(forward), expected);
        }
    }
}

/// Operands of one buffer share a binding: learned values, values and gates, gradients.
#[test]
fn four_storage_buffers_suffice_where_operands_share_a_buffer() {
    let gpu = device(|limits| limits.max_storage_buffers_per_shader_stage = 4);
    let kernels = gpu.kernels();
    let x: Vec<f32> = (0..70).map(|index| index as f32 / 16.0 - 2.0).collect();
    let ones = [1.0_f32; 70];
    let (bx, dy) = (gpu.upload(&x).unwrap(), gpu.upload(&ones).unwrap());
    let weights: Vec<f32> =
        (0..14).map(|index| if index < 7 { 0.5 + index as f32 / 8.0 } else { 0.25 }).collect();
    let both = gpu.upload(&weights).unwrap();
    let channels = Channels::new(7, 1);
    let xielu = Activation::xielu(0.8, 0.8, 0.5).unwrap();

    // Five in buffers of their own; what five need is said with both numbers.
    let (first, second) = (gpu.upload(&weights[..7]).unwrap(), gpu.upload(&weights[7..]).unwrap());
    let apart = [first.span(), second.span()];
    let refused = gpu.backward(Parameters::learned(xielu, &apart, channels), &bx, &dy).map(|_| ());
    assert_eq!(exceeded(refused), ("max_storage_buffers_per_shader_stage", 5, 4));
    let spec = Spec::new(Kind::Xielu, Direction::Backward, Storage::F32).learned(channels);
    assert_eq!(spec.storage_buffers(), 5);
    assert_eq!(exceeded(kernels.warm_up(&[spec])), ("max_storage_buffers_per_shader_stage", 5, 4));

    let together = [Span::new(both.buffer(), 0, 7), Span::new(both.buffer(), 28, 7)];
    let learned = || Parameters::learned(xielu, &together, channels);
    let dx = gpu.read_blocking(&gpu.backward(learned(), &bx, &dy).unwrap()).unwrap();
    let exact = |index: usize| {
        let activation = Activation::xielu(weights[index % 7], weights[7 + index % 7], 0.5).unwrap();
        activation.exact(x[index].into())
    };
    let close = |got: f32, exact: f64| (f64::from(got) - exact).abs() <= 1e-6 * exact.abs().max(1.0);
    assert!(dx.iter().enumerate().all(|(index, dx)| close(*dx, exact(index).derivative)), "{dx:?}");
    let sums = gpu.read_blocking(&gpu.parameter_gradient(learned(), 1, &bx, &dy).unwrap()).unwrap();
    for (channel, sum) in sums.iter().enumerate() {
        let of_channel = (channel..70).step_by(7).map(|index| f64::from(x[index])).filter(|x| *x <= 0.0);
        assert!(close(*sum, of_channel.map(|x| x.exp_m1() - x).sum()), "{sum} of channel {channel}");
    }

    // Both gradients of a gate in one buffer.
    let kernel = kernels.gated_backward(Gate::SWIGLU, Storage::F32).unwrap();
    let gate = gpu.upload(&x).unwrap();
    let gradients = gpu.upload(&[0.0_f32; 192]).unwrap();
    let at = |first: u64| Span::new(gradients.buffer(), 4 * first, 70);
    let inputs = (Pair::separate(bx.span(), gate.span()), dy.span());
    let step = kernel.bind(Gate::SWIGLU, inputs, Pair::separate(at(0), at(96))).unwrap();
    submit(&gpu, &[&step]);
    let got = gpu.read_blocking(&gradients).unwrap();
    let right = |index: usize| {
        let exact = Gate::SWIGLU.exact(x[index].into(), x[index].into());
        close(got[index], exact.d_value) && close(got[96 + index], exact.d_gate)
    };
    assert!((0..70).all(right), "{got:?}");
}

/// docs/guide.md has these numbers.
#[test]
fn what_a_kernel_binds_is_known_before_it_is_bound() {
    use Direction::{Backward, BackwardFromOutput, BackwardParameter, Forward, ParameterGradient};
    let of = |kind, direction| Spec::new(kind, direction, Storage::F32).storage_buffers();
    let gated = |direction| Spec::gated(Kind::Swish, direction, Storage::F32).storage_buffers();
    assert_eq!(of(Kind::Tanh, Forward), 2);
    let threes = [Backward, BackwardFromOutput].map(|direction| of(Kind::Tanh, direction));
    assert_eq!(threes, [3; 2]);
    assert_eq!(
        [BackwardParameter(0), ParameterGradient(0)].map(|direction| of(Kind::Prelu, direction)),
        [3; 2]
    );
    assert_eq!([Forward, Backward, BackwardParameter(0), ParameterGradient(0)].map(gated), [3, 5, 4, 4]);
    let xielu = Spec::new(Kind::Xielu, Forward, Storage::F32).learned(Channels::new(3, 1));
    assert_eq!(xielu.storage_buffers(), 4);
    let formula = |text: &str| Spec::formula(&text.parse().unwrap(), Storage::F32).unwrap().storage_buffers();
    assert_eq!(["x = gelu_erf(x + b[c]) * g", "y = x + b[c]", "a = x; b = x + 1"].map(formula), [3; 3]);
}
