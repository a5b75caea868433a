//! A device that goes away in the middle of work: the right data or `Error::DeviceLost`, and nothing but that from then on. Fails
//! without an adapter.

use std::time::Duration;

#[cfg(feature = "verify")]
use wgpu_activations::verify::{Case, Subject, Sweep};
use wgpu_activations::{
    Activation, Axis, Direction, Error, Gpu, Kernels, Kind, Softmax, SoftmaxKind, Spec, Storage,
};

use crate::common::{alone, open};

/// Whenever it is destroyed: nothing that wgpu objects to gets past the call that it objects to, to a handler that panics.
#[test]
fn a_device_that_is_destroyed_during_uploads_ends_in_device_lost() {
    let alone = alone();
    for wait in 0..16 {
        let gpu = open(&alone);
        let uploader = gpu.clone();
        let uploads = std::thread::spawn(move || {
            loop {
                if let Err(error) = uploader.upload(&[1.0; 1000]) {
                    return error;
                }
            }
        });
        std::thread::sleep(Duration::from_micros(500 + 17 * wait));
        gpu.device().destroy();
        let error = uploads.join().unwrap();
        assert!(matches!(error, Error::DeviceLost { .. }), "{error}");
    }
}

/// One device after the other.
#[test]
fn a_destroyed_device_ends_in_the_right_data_or_in_device_lost() {
    let alone = alone();
    let x = vec![-2.0; 1 << 20];
    let right = vec![0.0; 1 << 20];
    for moment in ["before the forward", "before the read-back", "during the read-back"] {
        let gpu = open(&alone);
        let input = gpu.upload(&x).unwrap();
        if moment == "before the forward" {
            gpu.device().destroy();
        }
        let result = gpu.forward(Activation::RELU, &input).and_then(|y| {
            if moment == "before the read-back" {
                gpu.device().destroy();
            }
            if moment == "during the read-back" {
                let other = gpu.clone();
                let destroyer = std::thread::spawn(move || other.device().destroy());
                let read = gpu.read_blocking(&y);
                destroyer.join().unwrap();
                return read;
            }
            gpu.read_blocking(&y)
        });
        match &result {
            Ok(values) => assert!(*values == right, "{moment}: wrong data"),
            Err(error) => assert!(matches!(error, Error::DeviceLost { .. }), "{moment}: {error}"),
        }
        let later = [
            gpu.upload(&x).map(|_| ()),
            gpu.forward(Activation::RELU, &input).map(|_| ()),
            gpu.read_blocking(&input).map(|_| ()),
            pollster::block_on(gpu.read(&input)).map(|_| ()),
        ];
        for (call, result) in later.into_iter().enumerate() {
            assert!(matches!(result, Err(Error::DeviceLost { .. })), "{moment}, call {call}: {result:?}");
        }
    }
}

/// What `verify --exhaustive` does for hours.
#[cfg(feature = "verify")]
#[test]
fn a_sweep_of_a_destroyed_device_is_device_lost() {
    let gpu = open(&alone());
    let sweep = gpu.sweep(&Case::all(Activation::RELU)[0]).unwrap();
    gpu.device().destroy();
    let error = sweep.start(0).err();
    assert!(matches!(error, Some(Error::DeviceLost { .. })), "{error:?}");
}

/// Of a device that is given, no handler tells, and nothing polls: what is asked of it finds out.
#[test]
fn kernels_of_a_destroyed_device_say_so() {
    let alone = alone();
    let gpu = open(&alone);
    let given = Gpu::from_parts(gpu.device().clone(), gpu.queue().clone());
    let kernels = Kernels::new(gpu.device());
    let relu = kernels.forward(Kind::Relu, Storage::F32).unwrap();
    let formula = "x + 1".parse().unwrap();
    let x = given.upload(&[1.0; 64]).unwrap();
    let y = given.upload(&[1.0; 64]).unwrap();
    let other = given.upload(&[1.0; 64]).unwrap();
    let softmax = kernels.softmax(SoftmaxKind::Softmax, Storage::F32).unwrap();
    let rows = Softmax::new(Axis::last(64));
    let mut step = relu.bind(Activation::RELU, [x.span()], y.span()).unwrap();
    let mut of_rows = softmax.bind(rows, [x.span()], y.span()).unwrap();
    gpu.device().destroy();
    let spec = Spec::new(Kind::Tanh, Direction::Forward, Storage::F32);
    let results = [
        ("forward", kernels.forward(Kind::Relu, Storage::F32).map(|_| ())),
        ("gated_forward", kernels.gated_forward(Kind::Relu, Storage::F32).map(|_| ())),
        ("formula", kernels.formula(&formula, Storage::F32).map(|_| ())),
        ("warm_up", kernels.warm_up(&[spec])),
        ("bind", relu.bind(Activation::RELU, [x.span()], y.span()).map(|_| ())),
        ("a dry bind", relu.warm_up(Activation::RELU, [x.span()], other.span())),
        ("rebind with all that it had", relu.rebind(&mut step, Activation::RELU, [x.span()], other.span())),
        ("softmax", kernels.softmax(SoftmaxKind::Softmax, Storage::F32).map(|_| ())),
        ("bind of rows", softmax.bind(rows, [x.span()], other.span()).map(|_| ())),
        ("a dry bind of rows", softmax.warm_up(rows, [x.span()], other.span())),
        ("rebind of rows", softmax.rebind(&mut of_rows, rows, [x.span()], other.span())),
        ("bind_variable", relu.bind_variable(Activation::RELU, [x.span()], other.span()).map(|_| ())),
        ("upload", given.upload(&[1.0]).map(|_| ())),
        ("forward", given.forward(Activation::RELU, &x).map(|_| ())),
        ("run_formula", given.formula::<f32>(&formula, &[("x", x.span().into())]).map(|_| ())),
        ("read", given.read_blocking(&x).map(|_| ())),
    ];
    for (call, result) in results {
        assert!(matches!(result, Err(Error::DeviceLost { .. })), "{call}: {result:?}");
    }
}
