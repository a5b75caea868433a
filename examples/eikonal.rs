//! A signed distance, learned from a curve alone: a loss that holds the network's own derivative.
//!
//! ```text
//! cargo run --release --example eikonal -- --activation tanh
//! ```
//!
//! The network s is to be 0 on the curve, with the curve's normal as its gradient, and to have a gradient of length 1 elsewhere: the eikonal
//! equation, which the signed distance solves (Gropp et al. 2020). So the loss is made of the derivative of the network by its input, and the
//! way back leads through the activation's second derivative. Where that comes in: `eikonal/network.rs`. What the
//! network adds to is the distance to a circle, so that no second curve arises where nothing is said.
//!
//! It writes `eikonal.png`: the learned field on the left, the exact one on the right.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

pub(crate) mod common;
#[path = "eikonal/curve.rs"]
mod curve;
#[path = "eikonal/network.rs"]
mod network;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use wgpu_activations::Activation;

use common::gpu::Gpu;
use common::picture;
use curve::Point;
use network::{Network, Training};

/// Teaches a small network the signed distance to a curve, and draws it beside the exact one.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// `tanh`, `silu`, ...: with a second derivative, which relu has not
    #[arg(long, value_name = "ACTIVATION", default_value = "tanh")]
    activation: Activation,

    /// Where the picture goes
    #[arg(long, value_name = "FOLDER", default_value = "out/eikonal")]
    out: PathBuf,

    /// Points on the curve, and as many around it
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(8..=65_536))]
    points: u32,

    /// Training steps, in three stages of which each is a third as fast as the one before
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u32).range(3..))]
    steps: u32,

    /// Units in each of the two hidden layers
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(8..=512))]
    width: u16,

    /// Of Adam, in the first stage
    #[arg(long, default_value_t = 0.006)]
    learning_rate: f32,

    /// Pixels of the picture's sides
    #[arg(long, default_value_t = 160, value_parser = clap::value_parser!(u16).range(16..=1024))]
    size: u16,
}

/// What was learned, measured on the picture's pixels.
pub(crate) struct Learned {
    pub(crate) first_loss: f64,
    pub(crate) last_loss: f64,
    /// The mean distance from the exact distance.
    pub(crate) error: f64,
    /// The mean length of the gradient.
    pub(crate) slope: f64,
}

fn main() -> Result<()> {
    let learned = run(&Arguments::parse())?;
    println!("loss {:.4}, before training {:.4}", learned.last_loss, learned.first_loss);
    println!("off by {:.4} from the distance; gradients of length {:.3}", learned.error, learned.slope);
    Ok(())
}

pub(crate) fn run(arguments: &Arguments) -> Result<Learned> {
    picture::create_folder(&arguments.out)?;
    let gpu = Gpu::open()?;
    println!("{}", gpu.adapter());
    let network = Network::new(&gpu, arguments.activation, arguments.width.into())?;
    let training = Training::new(&network, &curve::samples(arguments.points as usize))?;
    let begin = Instant::now();
    let first_loss = training.loss()?;
    let steps = arguments.steps as usize;
    for (stage, rate) in [1.0, 1.0 / 3.0, 1.0 / 9.0].into_iter().enumerate() {
        training.run(arguments.learning_rate * rate, steps * (stage + 1) / 3 - steps * stage / 3)?;
    }
    let last_loss = training.loss()?;
    println!("{}: {steps} steps in {:.1} s", arguments.activation, begin.elapsed().as_secs_f64());
    let (error, slope) = draw(arguments, &network)?;
    Ok(Learned { first_loss, last_loss, error, slope })
}

/// Writes the picture. The mean error of the distances, and the mean length of the gradients.
fn draw(arguments: &Arguments, network: &Network) -> Result<(f64, f64)> {
    let size = usize::from(arguments.size);
    let at = |pixel: usize| (2.0 * (pixel as f32 + 0.5) / size as f32 - 1.0) * curve::EXTENT;
    let points: Vec<Point> = (0..size * size).map(|pixel| [at(pixel % size), -at(pixel / size)]).collect();
    let field = network.evaluate(&points)?;
    let exact: Vec<f32> = points.iter().map(|point| curve::distance(*point)).collect();
    let mut rgb = Vec::new();
    for row in field.chunks(size).zip(exact.chunks(size)) {
        rgb.extend(row.0.iter().map(|it| it.distance).chain(row.1.iter().copied()).flat_map(curve::colour));
    }
    let path = arguments.out.join("eikonal.png");
    picture::encode(&path, 2 * u32::from(arguments.size), arguments.size.into(), &rgb)?;
    println!("{} written", path.display());
    let mean =
        |values: &mut dyn Iterator<Item = f32>| values.map(f64::from).sum::<f64>() / points.len() as f64;
    let error = mean(&mut field.iter().zip(&exact).map(|(it, exact)| (it.distance - exact).abs()));
    Ok((error, mean(&mut field.iter().map(|it| it.gradient[0].hypot(it.gradient[1])))))
}
