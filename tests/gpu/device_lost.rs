//! A device that goes away in the middle of work: the right data or `Error::DeviceLost`, and nothing but that from then on. Fails
//! without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use wgpu_activations::{Activation, Error, Gpu};

/// One device after the other, in one test: some drivers crash where they are made at the same time.
#[test]
fn a_destroyed_device_ends_in_the_right_data_or_in_device_lost() {
    let x = vec![-2.0; 1 << 20];
    let right = vec![0.0; 1 << 20];
    for moment in ["before the forward", "before the read-back", "during the read-back"] {
        let gpu = Gpu::new_blocking().expect("these tests need an adapter");
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
