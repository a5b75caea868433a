// Of two definitions of a link, the first counts: these lead to modules where the documents lead to each other's files.
//! [16-bits]: crate::guide::numerics#16-bits
//! [embedding]: crate::guide::embedding
//! [rows]: crate::guide::numerics#rows
//! [formula]: crate::Formula
#![doc = ""]
#![doc = include_str!("../docs/guide.md")]

pub mod activations {
    //! The table of all functions.
    //!
    //! [choosing]: crate::guide::choosing
    //! [numerics]: crate::guide::numerics
    //! [guide]: crate::guide
    #![doc = ""]
    #![doc = include_str!("../docs/activations.md")]
}

pub mod choosing {
    //! Which activation to take.
    //!
    //! [performance]: crate::guide::performance
    //! [layer]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/layer.svg
    //! [rectifiers]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/rectifiers.svg
    //! [smooth_rectifiers]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/smooth_rectifiers.svg
    //! [gates]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/gates.svg
    //! [sigmoids]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/sigmoids.svg
    //! [shrinkages]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/shrinkages.svg
    //! [others]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/plots/others.svg
    #![doc = ""]
    #![doc = include_str!("../docs/choosing.md")]
}

pub mod numerics {
    //! How errors are counted, and what happens at NaN, infinities and kinks.
    //!
    //! [accuracy]: crate::guide::accuracy
    //! [h200]: crate::guide::accuracy_h200
    //! [errors]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/errors/errors.svg
    #![doc = ""]
    #![doc = include_str!("../docs/numerics.md")]
}

pub mod examples {
    //! Whole applications.
    //!
    //! [neural]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/examples/neural_image.png
    //! [gradients]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/examples/gradients.svg
    //! [dead]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/examples/dead_units.svg
    //! [fused]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/examples/fused.png
    //! [attention]: https://docs.rs/crate/wgpu-activations/latest/source/docs/images/examples/attention.png
    #![doc = ""]
    #![doc = include_str!("../docs/examples.md")]
}

pub mod embedding {
    //! Which version of wgpu an application is on, and how to do without one.
    //!
    //! [readme]: https://docs.rs/wgpu-activations/latest/wgpu_activations/#embed-it
    #![doc = ""]
    #![doc = include_str!("../docs/embedding.md")]
}

/// By argument and mistake: which error.
pub mod misuse {
    #![doc = include_str!("../docs/misuse.md")]
}

/// What every kernel's largest errors are, by adapter.
pub mod accuracy {
    #![doc = include_str!("../docs/accuracy.md")]
}

pub mod accuracy_h200 {
    //! The same on an NVIDIA H200, of an earlier revision.
    //!
    //! [accuracy]: crate::guide::accuracy
    #![doc = ""]
    #![doc = include_str!("../docs/accuracy-h200.md")]
}

pub mod every_f32 {
    //! The largest error over all 2^32 inputs.
    //!
    //! [accuracy]: crate::guide::accuracy
    //! [h200]: crate::guide::accuracy_h200
    //! [activations]: crate::guide::activations
    #![doc = ""]
    #![doc = include_str!("../docs/every-f32.md")]
}

pub mod performance {
    //! What every kernel takes, compared with a copy.
    //!
    //! [figure]: https://docs.rs/crate/wgpu-activations/latest/source/docs/performance.svg
    #![doc = ""]
    #![doc = include_str!("../docs/performance.md")]
}

pub mod performance_h200 {
    //! The same on an NVIDIA H200, of an earlier revision.
    //!
    //! [figure]: https://docs.rs/crate/wgpu-activations/latest/source/docs/performance-h200.svg
    //! [performance]: crate::guide::performance
    #![doc = ""]
    #![doc = include_str!("../docs/performance-h200.md")]
}

pub mod others {
    //! The same work by burn and by onnxruntime-web.
    #![doc = ""]
    #![doc = include_str!("../docs/others.md")]
}

pub mod cost {
    //! What every kernel costs on GPUs, counted on machine code.
    //!
    //! [figure]: https://docs.rs/crate/wgpu-activations/latest/source/docs/cost.svg
    #![doc = ""]
    #![doc = include_str!("../docs/cost.md")]
}

pub mod testing {
    //! How to read what `verify` reports, and what to do where a driver fails.
    //!
    //! [accuracy]: crate::guide::accuracy
    //! [formulas]: crate::guide::numerics#formulas
    #![doc = ""]
    #![doc = include_str!("../docs/testing-your-gpu.md")]
}

/// The page that runs the kernels in a browser, and how an application does.
pub mod web {
    #![doc = include_str!("../docs/web.md")]
}
