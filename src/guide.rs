// Of two definitions of a link, the first counts: these lead to modules where the documents lead to each other's files.
//! [16-bits]: crate::guide::numerics#16-bits
//! [embedding]: crate::guide::embedding
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
    #![doc = ""]
    #![doc = include_str!("../docs/choosing.md")]
}

pub mod numerics {
    //! How errors are counted, and what happens at NaN, infinities and kinks.
    //!
    //! [accuracy]: crate::guide::accuracy
    #![doc = ""]
    #![doc = include_str!("../docs/numerics.md")]
}

/// Whole applications.
pub mod examples {
    #![doc = include_str!("../docs/examples.md")]
}

/// Which version of wgpu an application is on, and how to do without one.
pub mod embedding {
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

/// What every kernel takes, beside a copy.
pub mod performance {
    #![doc = include_str!("../docs/performance.md")]
}

/// What every kernel costs on GPUs, counted on machine code.
pub mod cost {
    #![doc = include_str!("../docs/cost.md")]
}
