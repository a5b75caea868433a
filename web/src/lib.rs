//! The page's side of wgpu-activations: what `page/worker.js` calls. For wasm alone; natively the crate is empty.
#![cfg_attr(not(target_family = "wasm"), allow(missing_docs, reason = "empty natively"))]
#![cfg(target_family = "wasm")]
