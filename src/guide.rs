#![doc = include_str!("../docs/guide.md")]

/// Which activation to take.
pub mod choosing {
    #![doc = include_str!("../docs/choosing.md")]
}

/// How errors are counted, and what happens at NaN, infinities and kinks.
pub mod numerics {
    #![doc = include_str!("../docs/numerics.md")]
}

/// By argument and mistake: which error.
pub mod misuse {
    #![doc = include_str!("../docs/misuse.md")]
}
