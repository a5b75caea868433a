//! The clock of the browser, and waiting for the queue without blocking.

use futures_intrusive::channel::shared::oneshot_channel;
use wasm_bindgen::prelude::*;
use wgpu_activations::wgpu;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds. Browsers round it, to 0.1 ms and more.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn milliseconds() -> f64;
}

/// Until the GPU is done with what was submitted.
pub(crate) async fn done(queue: &wgpu::Queue) {
    let (sender, receiver) = oneshot_channel();
    queue.on_submitted_work_done(move || {
        // The receiver is only gone if nobody waits any more.
        let _ = sender.send(());
    });
    // A sender that is gone is a device that is gone: the next call says so.
    let _ = receiver.receive().await;
}
