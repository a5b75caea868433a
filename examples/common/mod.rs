//! What the examples share: a device of their own, pictures, and a small neural network with its training, which uses
//! the library for its activations and its own shaders for everything else.

#![allow(dead_code, reason = "each example uses its part of this")]

pub(crate) mod gpu;
pub(crate) mod network;
pub(crate) mod picture;
pub(crate) mod product;
pub(crate) mod training;
