//! Learnable parameters.
