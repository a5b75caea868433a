//! What kernels are measured over.

/// Inputs repeat after so many elements, and so must results: every one of them is checked, but few have to be computed anew. A prime,
/// so that no error in a place is a multiple of it by design.
pub(crate) const PERIOD: usize = 65_521;

/// x of a layer before its activation: on both sides of every kink, and free of what is slow or special (subnormals, NaN).
pub(crate) fn x(elements: usize) -> Vec<f32> {
    repeated(elements, 1, 6.0)
}

/// dy.
pub(crate) fn dy(elements: usize) -> Vec<f32> {
    repeated(elements, 2, 2.0)
}

/// The values that gates multiply.
pub(crate) fn value(elements: usize) -> Vec<f32> {
    repeated(elements, 3, 4.0)
}

/// Spread evenly from -magnitude to magnitude.
fn repeated(elements: usize, seed: u64, magnitude: f32) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut values: Vec<f32> =
        (0..PERIOD.min(elements)).map(|_| (2.0 * random.f32() - 1.0) * magnitude).collect();
    values.resize_with(elements, Default::default);
    for at in PERIOD..elements {
        values[at] = values[at - PERIOD];
    }
    values
}
