//! As wgpu 27 has it.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wgpu;

#[cfg(feature = "gpu")]
#[path = "before_29.rs"]
mod before_29;
#[path = "before_30.rs"]
mod before_30;

#[cfg(feature = "gpu")]
pub(crate) use before_29::instance;
#[cfg(feature = "gpu")]
pub(crate) use before_30::map_to_read;
pub(crate) use before_30::map_to_write;

/// An error scope. wgpu 27's are the device's and not the thread's: one thread at a time has some open, or it would catch what another
/// got wrong.
pub(crate) struct Scope {
    device: wgpu::Device,
    popped: bool,
    /// It ends on the thread that it began on.
    thread: PhantomData<*const ()>,
}

static TURN: Mutex<()> = Mutex::new(());

thread_local! {
    /// How many scopes this thread has open.
    static OPEN: Cell<usize> = const { Cell::new(0) };
    static HELD: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
}

impl Scope {
    pub(crate) fn push(device: &wgpu::Device, filter: wgpu::ErrorFilter) -> Self {
        if OPEN.get() == 0 {
            HELD.set(Some(TURN.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        OPEN.set(OPEN.get() + 1);
        device.push_error_scope(filter);
        Self { device: device.clone(), popped: false, thread: PhantomData }
    }

    pub(crate) fn pop(mut self) -> impl Future<Output = Option<wgpu::Error>> + 'static {
        self.end()
    }

    fn end(&mut self) -> impl Future<Output = Option<wgpu::Error>> + use<> {
        self.popped = true;
        let error = self.device.pop_error_scope();
        OPEN.set(OPEN.get() - 1);
        if OPEN.get() == 0 {
            HELD.take();
        }
        error
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if !self.popped {
            drop(self.end());
        }
    }
}

/// All adapters of these backends.
#[cfg(all(feature = "gpu", not(target_family = "wasm")))]
pub(crate) async fn enumerate_adapters(
    instance: &wgpu::Instance,
    backends: wgpu::Backends,
) -> Vec<wgpu::Adapter> {
    instance.enumerate_adapters(backends)
}

/// A browser's adapter: it does not count them up.
#[cfg(all(feature = "gpu", target_family = "wasm"))]
pub(crate) async fn enumerate_adapters(instance: &wgpu::Instance, _: wgpu::Backends) -> Vec<wgpu::Adapter> {
    instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.into_iter().collect()
}

/// A device does not tell its adapter: one that is of no backend.
pub(crate) fn adapter_info(_device: &wgpu::Device) -> wgpu::AdapterInfo {
    wgpu::AdapterInfo {
        name: "an adapter that wgpu 27 does not tell of a device".to_owned(),
        vendor: 0,
        device: 0,
        device_type: wgpu::DeviceType::Other,
        driver: String::new(),
        driver_info: String::new(),
        backend: wgpu::Backend::Noop,
    }
}
