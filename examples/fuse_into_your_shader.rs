//! Activations inside shaders of your own: at the end of a matrix multiplication, and in a fragment shader.
//!
//! ```text
//! cargo run --release --example fuse_into_your_shader
//! ```
//!
//! `wgpu_activations::library` gives the WGSL of the activations that you name, once, with the mathematics that they
//! need. Put it before your own source and call `act_NAME(x, ...)` with the arguments of `Activation::arguments`.
//!
//! The first part computes y = f(x w) in one kernel, and in two for comparison: the product, then the library's own
//! kernel. Fused, the results pass through memory once less. The second part tones a picture that is too bright.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use wgpu_activations::{Activation, Kernels, Span, Storage, library, wgpu};

use common::gpu::Gpu;
use common::picture::{self, Picture, Target};
use common::product::{self, Product};

/// Fuses one activation into a matrix multiplication, and another one into a fragment shader.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// At the end of the matrix multiplication
    #[arg(long, value_name = "ACTIVATION", default_value = "gelu_tanh")]
    epilogue: Activation,

    /// In the fragment shader: one that rises from 0 to 1, such as softsign (Reinhard's curve) or tanh
    #[arg(long, value_name = "ACTIVATION", default_value = "softsign")]
    tone: Activation,

    /// A PNG to tone
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/chelsea.png"))]
    picture: PathBuf,

    /// The PNG to write
    #[arg(long, value_name = "FILE", default_value = "out/fused.png")]
    out: PathBuf,
}

/// Rows of x; the units of a layer and of the one before it.
const ROWS: usize = 1024;
const UNITS: usize = 256;
const INPUTS: usize = 64;

const RUNS: usize = 20;

/// More than any kernel of the library is off by, in units in the last place.
const ULP: f64 = 4.0;

/// Larger pictures are shrunk to this many pixels along their longer side.
const SIDE: usize = 256;
const SCALE: usize = 2;
/// The light is doubled this many times from the left edge to the right one.
const STOPS: f32 = 5.0;

fn main() -> Result<()> {
    run(&Arguments::parse())
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let picture = Picture::read(&arguments.picture)?.shrunk(SIDE);
    if let Some(folder) = arguments.out.parent() {
        picture::create_folder(folder)?;
    }
    let gpu = Gpu::open()?;
    println!("on {}", gpu.adapter());

    // The library's text of both, once: they may share mathematics, and a module must not hold a function twice.
    let activations = library(&[arguments.epilogue.kind(), arguments.tone.kind()]);
    fuse_into_product(&gpu, &activations, arguments.epilogue)?;
    let tone = function("tone", "light", arguments.tone);
    let source = [&activations, &tone, include_str!("fuse_into_your_shader/tone.wgsl")].concat();
    render(&gpu, &source, &picture, &arguments.out)?;
    println!("the picture, cut off at 1 and through {}: {}", arguments.tone, arguments.out.display());
    Ok(())
}

/// A function of one number that calls the activation. Its arguments become constants here, which suits a network that
/// does not learn them; in a uniform of yours they could change without a new pipeline.
fn function(name: &str, x: &str, activation: Activation) -> String {
    let arguments = activation.arguments();
    let arguments: Vec<String> = arguments.iter().map(|argument| format!(", {argument:?}")).collect();
    let call = format!("act_{}({x}{})", activation.kind(), arguments.concat());
    format!("fn {name}({x}: f32) -> f32 {{ return {call}; }}\n")
}

/// f(x w) in one kernel, and the same in two.
fn fuse_into_product(gpu: &Gpu, activations: &str, activation: Activation) -> Result<()> {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut matrix = |rows, columns| -> Vec<f32> { (0..rows * columns).map(|_| rng.f32() - 0.5).collect() };
    let (x, w) = (matrix(ROWS, INPUTS), matrix(INPUTS, UNITS));
    let (x_buffer, w_buffer) = (gpu.buffer("x", &x), gpu.buffer("w", &w));
    let [fused_y, sums, separate_y] =
        ["fused y", "x w", "separate y"].map(|label| gpu.zeros(label, ROWS * UNITS));

    let product = |epilogue: &str, result: &wgpu::Buffer| {
        let buffers = [&x_buffer, &w_buffer, result].map(wgpu::Buffer::as_entire_binding);
        PRODUCT.work(gpu, &product::pipeline(gpu, epilogue), buffers)
    };
    let fused = product(&(activations.to_owned() + &function("epilogue", "sum", activation)), &fused_y);
    let plain = product(product::NO_EPILOGUE, &sums);
    let kernel = Kernels::new(&gpu.device).forward(activation.kind(), Storage::F32)?;
    let step = kernel.bind(activation, [Span::all(&sums)], Span::all(&separate_y))?;

    let fused_time = best_time(gpu, |pass| fused.record(pass))?;
    let separate_time = best_time(gpu, |pass| {
        plain.record(pass);
        step.record(pass);
    })?;
    let (fused_y, separate_y) = (gpu.read::<f32>(&fused_y)?, gpu.read::<f32>(&separate_y)?);
    let difference = Difference::of(&fused_y, &separate_y, &allowances(activation, &x, &w));
    println!(
        "{activation} after a product of {ROWS} x {INPUTS} and {INPUTS} x {UNITS}: {:.2} ms fused, {:.2} ms in two kernels",
        1e3 * fused_time.as_secs_f64(),
        1e3 * separate_time.as_secs_f64(),
    );
    difference.check()
}

const PRODUCT: Product = Product {
    rows: ROWS,
    columns: UNITS,
    terms: INPUTS,
    a_columns: INPUTS,
    b_columns: UNITS,
    a_transposed: false,
    b_transposed: false,
    ones: None,
};

/// The shortest of several runs, each waited for.
fn best_time(gpu: &Gpu, record: impl Fn(&mut wgpu::ComputePass<'_>)) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let started = Instant::now();
        let submission = gpu.submit(&record);
        gpu.wait(submission)?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}

/// How far two computations of f(x w) may be apart, for each result: compilers add up in the order they like.
fn allowances(activation: Activation, x: &[f32], w: &[f32]) -> Vec<f64> {
    let allowance = |at: usize| {
        let (row, column) = (at / UNITS, at % UNITS);
        let terms =
            (0..INPUTS).map(|term| f64::from(x[row * INPUTS + term]) * f64::from(w[term * UNITS + column]));
        let (sum, magnitude) =
            terms.fold((0.0, 0.0), |(sum, magnitude), term| (sum + term, magnitude + term.abs()));
        // Half an ULP for each multiplication and each addition, on both sides.
        let error = 2.0 * INPUTS as f64 * magnitude * f64::from(f32::EPSILON);
        let value = |sum: f64| activation.exact(sum).value;
        let from_sum = (value(sum + error) - value(sum)).abs().max((value(sum - error) - value(sum)).abs());
        from_sum + 2.0 * ULP * f64::from(f32::EPSILON) * value(sum).abs() + f64::from(f32::MIN_POSITIVE)
    };
    (0..ROWS * UNITS).map(allowance).collect()
}

/// How far two results are apart.
pub(crate) struct Difference {
    largest: f64,
    /// The largest one in relation to what is allowed for that result.
    of_allowance: f64,
}

impl Difference {
    pub(crate) fn of(a: &[f32], b: &[f32], allowances: &[f64]) -> Self {
        let differences = || a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
        let ratios = differences().zip(allowances).map(|(difference, allowed)| difference / allowed);
        Self { largest: differences().fold(0.0, f64::max), of_allowance: ratios.fold(0.0, f64::max) }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let Self { largest, of_allowance } = self;
        println!("they differ by {largest:.1e} at most, {of_allowance:.1e} of what rounding may explain");
        ensure!(*of_allowance <= 1.0, "fused and separate results differ by more than rounding explains");
        Ok(())
    }
}

/// Renders the picture twice, side by side: cut off, and toned.
fn render(gpu: &Gpu, source: &str, picture: &Picture, path: &Path) -> Result<()> {
    let Picture { width, height, pixels } = picture;
    let colours: Vec<[f32; 4]> = pixels.iter().map(|[r, g, b]| [*r, *g, *b, 1.0]).collect();
    let colours = gpu.buffer("colours", &colours);
    let frame = [*width as u32, *height as u32, SCALE as u32, STOPS.to_bits()];
    let frame = gpu.uniform("frame", &frame);

    let pipeline = picture::render_pipeline(gpu, "tone", source);
    let resources = [&frame, &colours].map(wgpu::Buffer::as_entire_binding);
    let bind_group = gpu.bind(&pipeline.get_bind_group_layout(0), &resources);
    let target = Target::new(gpu, 2 * SCALE * width, SCALE * height)?;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    picture::record_fill(&mut encoder, &target, &pipeline, &bind_group);
    target.save(gpu, encoder, path)
}
