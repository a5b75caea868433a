//! The curve: a flower of five leaves, its points, normals, distances and colours.

use std::f32::consts::TAU;

pub(crate) type Point = [f32; 2];

/// Half of the side of the square that is looked at.
pub(crate) const EXTENT: f32 = 1.0;
const RADIUS: f32 = 0.55;
const LEAVES: f32 = 5.0;
const DEPTH: f32 = 0.14;
/// Points of the curve that distances are measured to.
const FINE: usize = 1000;
/// Between two lines of one distance.
const STEP: f32 = 0.1;

/// A point for training.
pub(crate) struct Sample {
    pub(crate) at: Point,
    /// Of the curve, outwards; of a point that is not on it, nothing.
    pub(crate) normal: Option<Point>,
}

fn radius(angle: f32) -> f32 {
    RADIUS + DEPTH * (LEAVES * angle).cos()
}

fn point(angle: f32) -> Point {
    [radius(angle) * angle.cos(), radius(angle) * angle.sin()]
}

/// The tangent (r' cos - r sin, r' sin + r cos), turned by a right angle.
fn normal(angle: f32) -> Point {
    let slope = -DEPTH * LEAVES * (LEAVES * angle).sin();
    let (sin, cos) = angle.sin_cos();
    let outward = [slope * sin + radius(angle) * cos, radius(angle) * sin - slope * cos];
    let length = outward[0].hypot(outward[1]);
    outward.map(|part| part / length)
}

/// The signed distance to a circle near the curve, and its gradient: what training begins with.
pub(crate) fn circle([x, y]: Point) -> (f32, Point) {
    let length = x.hypot(y).max(1e-6);
    (length - RADIUS, [x / length, y / length])
}

/// Points on the curve, and as many anywhere.
pub(crate) fn samples(count: usize) -> Vec<Sample> {
    let mut rng = fastrand::Rng::with_seed(1);
    let on = (0..count).map(|index| {
        let angle = TAU * index as f32 / count as f32;
        Sample { at: point(angle), normal: Some(normal(angle)) }
    });
    let anywhere = (0..count).map(|_| {
        let mut place = || EXTENT * (2.0 * rng.f32() - 1.0);
        Sample { at: [place(), place()], normal: None }
    });
    on.chain(anywhere).collect()
}

/// Negative within.
pub(crate) fn distance(at: Point) -> f32 {
    let angles = (0..FINE).map(|index| TAU * index as f32 / FINE as f32);
    let nearest = angles.map(|angle| {
        let [x, y] = point(angle);
        (x - at[0]).hypot(y - at[1])
    });
    let nearest = nearest.fold(f32::INFINITY, f32::min);
    if at[0].hypot(at[1]) < radius(at[1].atan2(at[0])) { -nearest } else { nearest }
}

/// Blue within and orange without, paler with the distance, lines of one distance darker, and the curve itself black.
pub(crate) fn colour(distance: f32) -> [u8; 3] {
    let base = if distance < 0.0 { [0.25, 0.5, 0.85] } else { [0.95, 0.6, 0.25] };
    let pale = 0.75 * (-3.0 * distance.abs()).exp();
    let phase = (distance / STEP).rem_euclid(1.0);
    let line = if (0.12..=0.88).contains(&phase) { 1.0 } else { 0.75 };
    let shade = if distance.abs() < 0.012 { 0.0 } else { line };
    base.map(|part: f32| (255.0 * shade * (1.0 - (1.0 - part) * (0.25 + pale))).round() as u8)
}
