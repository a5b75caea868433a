//! Whose buffers these are, the instance that they share, and what is on its way to a device.

use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(not(target_family = "wasm"))]
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{compat, wgpu};

/// The device that made a buffer.
#[derive(Debug)]
pub(super) struct Owner(wgpu::Device);

impl Owner {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        Self(device.clone())
    }

    /// Whether both are one device.
    pub(super) fn is(&self, other: &Self) -> bool {
        // wgpu's devices are equal by number, and every instance counts from the start: equal ones are asked.
        std::ptr::eq(self, other) || self.0 == other.0 && answers_for(&self.0, &other.0)
    }
}

/// Whether the error of one device is caught by a scope of the other: then they are one. Nothing of it reaches a handler.
#[cfg(not(target_family = "wasm"))]
fn answers_for(one: &wgpu::Device, other: &wgpu::Device) -> bool {
    use std::task::{Context, Poll, Waker};
    let outer = compat::Scope::push(other, wgpu::ErrorFilter::Validation);
    let inner = compat::Scope::push(one, wgpu::ErrorFilter::Validation);
    // A buffer without a usage.
    drop(other.create_buffer(&wgpu::BufferDescriptor {
        label: Some("wgpu-activations probe"),
        size: wgpu::COPY_BUFFER_ALIGNMENT,
        usage: wgpu::BufferUsages::empty(),
        mapped_at_creation: false,
    }));
    let inner = std::pin::pin!(inner.pop());
    let caught = inner.poll(&mut Context::from_waker(Waker::noop()));
    drop(outer.pop());
    matches!(caught, Poll::Ready(Some(_)))
}

/// A browser's devices are objects: equal ones are one.
#[cfg(target_family = "wasm")]
fn answers_for(_: &wgpu::Device, _: &wgpu::Device) -> bool {
    true
}

/// Instances of this process, each with its backends: mostly one. OpenGL is in none.
#[cfg(not(target_family = "wasm"))]
static INSTANCES: Mutex<Vec<(wgpu::Backends, wgpu::Instance)>> = Mutex::new(Vec::new());

/// The adapters of these backends. OpenGL's are of an instance of their own for each call: an instance has one context there, and wgpu
/// panics where two threads want it.
pub(super) async fn enumerate(backends: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let (gl, others) = (backends & wgpu::Backends::GL, backends - wgpu::Backends::GL);
    let mut adapters = Vec::new();
    if !others.is_empty() {
        adapters = compat::enumerate_adapters(&instance(others), others).await;
    }
    if !gl.is_empty() {
        let instance = compat::instance(gl);
        adapters.extend(compat::enumerate_adapters(&instance, gl).await);
        keep_display(instance);
    }
    adapters
}

/// Keeps one instance of OpenGL for as long as the process runs. EGL has one display there, which a version's last instance closes when it
/// goes: another version of wgpu in the same process would find it closed, and panic.
#[cfg(not(target_family = "wasm"))]
fn keep_display(instance: wgpu::Instance) {
    static KEPT: OnceLock<wgpu::Instance> = OnceLock::new();
    KEPT.get_or_init(|| instance);
}

/// A browser has no EGL.
#[cfg(target_family = "wasm")]
fn keep_display(_: wgpu::Instance) {}

/// The instance that has these backends. No driver is loaded that nobody asked for.
#[cfg(not(target_family = "wasm"))]
fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    let mut instances = INSTANCES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, instance)) = instances.iter().find(|(has, _)| has.contains(backends)) {
        return instance.clone();
    }
    let instance = compat::instance(backends);
    instances.push((backends, instance.clone()));
    instance
}

/// A browser's stays on its thread.
#[cfg(target_family = "wasm")]
fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    compat::instance(backends)
}

/// Bytes that were written and not submitted. wgpu keeps them, and buffers that were dropped with them, until the next submission.
#[derive(Debug, Default)]
pub(super) struct Pending(AtomicU64);

impl Pending {
    /// As much as waits without harm: four uploads of 4 MiB.
    const MOST: u64 = 16 << 20;
    /// What the smallest upload costs: a page for its staging buffer, and one for its own.
    const LEAST: u64 = 8 << 10;

    /// Counts an upload; whether it is time to submit.
    pub(super) fn add(&self, bytes: u64) -> bool {
        let more = bytes.max(Self::LEAST);
        let all = self.0.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if all > Self::MOST {
            self.clear();
        }
        all > Self::MOST
    }

    pub(super) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
