//! What the tests share: devices, and a submission.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use wgpu_activations::{Gpu, Options, Step, request_adapter, wgpu};

/// The device of all tests that need no other, with the adapter's own limits.
pub(crate) static GPU: LazyLock<Gpu> = LazyLock::new(|| open(&alone()));

/// Held where devices are made: some drivers crash where they are made at the same time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static OPENING: Mutex<()> = Mutex::new(());
    // A test that failed has said so itself.
    OPENING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A device on the adapter that the environment names.
pub(crate) fn open(_alone: &MutexGuard<'static, ()>) -> Gpu {
    Gpu::new_blocking().expect("these tests need an adapter")
}

/// The same, with the limits that `choose` makes of the adapter's.
pub(crate) fn device_with(choose: impl FnOnce(&wgpu::Limits) -> wgpu::Limits) -> Gpu {
    let _alone = alone();
    pollster::block_on(async {
        let adapter = request_adapter(&Options::from_env()).await.expect("these tests need an adapter");
        let required_limits = choose(&adapter.limits());
        let descriptor = wgpu::DeviceDescriptor { required_limits, ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.expect("these tests need a device");
        Gpu::from_parts_with_adapter(device, queue, &adapter)
    })
}

/// The same with a feature, if the adapter has it.
pub(crate) fn device_with_feature(feature: wgpu::Features) -> Option<Gpu> {
    let _alone = alone();
    pollster::block_on(async {
        let adapter = request_adapter(&Options::from_env()).await.expect("these tests need an adapter");
        if !adapter.features().contains(feature) {
            return None;
        }
        let descriptor = wgpu::DeviceDescriptor { required_features: feature, ..Default::default() };
        let (device, queue) = adapter.request_device(&descriptor).await.expect("these tests need a device");
        Some(Gpu::from_parts_with_adapter(device, queue, &adapter))
    })
}

/// Records the steps into one pass, in this order, and submits it.
pub(crate) fn submit(gpu: &Gpu, steps: &[&Step]) {
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    steps.iter().for_each(|step| step.record(&mut pass));
    drop(pass);
    gpu.queue().submit([encoder.finish()]);
}

/// Which driver of a run this is, from 0 on, where several are asked: see `gpu_tests` in `x`.
pub(crate) fn turn() -> Option<usize> {
    let said = std::env::var("WGPU_ACTIVATIONS_TURN").ok();
    said.map(|turn| turn.parse().expect("WGPU_ACTIVATIONS_TURN is a number"))
}

/// Whether another driver has had the whole grid in this run: what only one is asked is no question to a driver.
pub(crate) fn again() -> bool {
    turn().is_some_and(|turn| turn > 0)
}

/// All of these, put together of parts that every driver has seen by themselves; or of each of three drivers in a run a third.
pub(crate) fn some<T>(all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let (first, step) = turn().map_or((0, 1), |turn| (turn % 3, 3));
    all.into_iter().skip(first).step_by(step)
}

/// Calls a function of a storage for each of them. How halves of either type lie in words is the same, and how they are converted, `verify`
/// asks every driver: other drivers than the first do without one of the two.
macro_rules! of_each_storage {
    ($function:ident($($argument:expr),*)) => {{
        $function::<f32>($($argument),*);
        $function::<f16>($($argument),*);
        if !$crate::common::again() {
            $function::<bf16>($($argument),*);
        }
    }};
}
pub(crate) use of_each_storage;
