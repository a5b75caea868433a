//! Recording a step costs what the same bare wgpu calls cost: as many allocations, and nothing that stays. Nor do uploads that are dropped.
//! Fails without an adapter.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use wgpu_activations::wgpu;
use wgpu_activations::{Activation, Gpu, Step, Storage};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVE_BYTES: AtomicI64 = AtomicI64::new(0);

// SAFETY: every call goes to the system's allocator as it is; counting touches no memory of its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        LIVE_BYTES.fetch_add(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller keeps GlobalAlloc's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const RECORDS: u64 = 1000;

/// The allocations of a pass with so many records.
fn allocations(gpu: &Gpu, mut record: impl FnMut(&mut wgpu::ComputePass<'_>)) -> u64 {
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    (0..RECORDS).for_each(|_| record(&mut pass));
    let after = ALLOCATIONS.load(Ordering::Relaxed);
    drop(pass);
    gpu.queue().submit([encoder.finish()]);
    after - before
}

fn bare(step: &Step, pass: &mut wgpu::ComputePass<'_>) {
    for dispatch in step.dispatches() {
        pass.set_pipeline(&dispatch.pipeline);
        pass.set_bind_group(0, &dispatch.bind_group, &[]);
        let [x, y, z] = dispatch.workgroups;
        pass.dispatch_workgroups(x, y, z);
    }
}

/// What the process holds, the driver's memory included; where the system tells.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split_whitespace().nth(1)?.parse::<u64>().ok()? * 4096)
}

/// All threads are counted: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn recording_allocates_no_more_than_bare_calls_and_keeps_nothing() {
    let _alone = ALONE.lock().unwrap();
    let gpu = Gpu::new_blocking().expect("these tests need an adapter");
    let x = gpu.upload(&[1.0; 1027]).unwrap();
    let y = gpu.upload(&[0.0; 1027]).unwrap();
    let act = Activation::leaky_relu(0.5).unwrap();
    let step =
        gpu.kernels().forward(act.kind(), Storage::F32).unwrap().bind(act, [x.span()], y.span()).unwrap();
    assert_eq!(step.dispatches().len(), 2, "a wide one and a tail");

    // wgpu grows its own lists now and then: both sides in turn, and the least of each.
    let mut counts = [u64::MAX; 2];
    for _ in 0..5 {
        counts[0] = counts[0].min(allocations(&gpu, |pass| step.record(pass)));
        counts[1] = counts[1].min(allocations(&gpu, |pass| bare(&step, pass)));
    }
    assert!(counts[0] <= counts[1], "{} allocations, bare calls {}", counts[0], counts[1]);

    let soak = |records: u64| {
        for _ in 0..records / RECORDS {
            allocations(&gpu, |pass| step.record(pass));
            gpu.read_blocking(&y).unwrap();
        }
    };
    soak(10_000);
    let (live, resident) = (LIVE_BYTES.load(Ordering::Relaxed), resident_bytes());
    soak(100_000);
    let grown = LIVE_BYTES.load(Ordering::Relaxed) - live;
    assert!(grown < 1 << 20, "{grown} bytes more after 100,000 steps");
    if let Some((before, after)) = resident.zip(resident_bytes()) {
        let grown = after.saturating_sub(before);
        assert!(grown < 16 << 20, "the process grew by {grown} bytes over 100,000 steps");
    }
}

#[test]
fn uploads_that_are_dropped_leave_nothing() {
    let _alone = ALONE.lock().unwrap();
    let gpu = Gpu::new_blocking().expect("these tests need an adapter");
    for given in [gpu.clone(), Gpu::from_parts(gpu.device().clone(), gpu.queue().clone())] {
        for (bytes, count) in [(64 << 10, 5_000), (4, 20_000), (8 << 20, 40)] {
            let values = vec![0.5_f32; bytes / 4];
            let last = given.upload(&values).unwrap();
            // A busy driver has many on their way, which are no leak: a round ends when all have arrived.
            let upload = |count| {
                (0..count).for_each(|_| drop(given.upload(&values).unwrap()));
                given.read_blocking(&last).unwrap();
            };
            upload(count / 4);
            // An allocator keeps the most that it ever gave, once; a leak grows in every round. Were nothing freed, it would be 300 MiB
            // and more each time.
            let allowed = (64 << 20) + 16 * bytes as u64;
            let mut grown = 0;
            let settles = (0..3).any(|_| {
                let before = resident_bytes();
                upload(count);
                grown =
                    before.zip(resident_bytes()).map_or(0, |(before, after)| after.saturating_sub(before));
                grown < allowed
            });
            assert!(settles, "{count} uploads of {bytes} bytes: {} MiB, again and again", grown >> 20);
        }
    }
}
