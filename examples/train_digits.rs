//! A classifier of handwritten digits, trained on the GPU, and what the activation does to its depth.
//!
//! ```text
//! cargo run --release --example train_digits -- --activation prelu --depth 3
//! ```
//!
//! What follows a hidden layer's matrix multiplication, its bias and its activation, is one formula, and so is each of its gradients
//! (`common/network.rs`).
//!
//! It prints loss and accuracy, and for an activation with learnable parameters (prelu's weight, say) what each layer has
//! learned. Then it draws two figures, with the numbers behind them beside them: how large the gradient is in each layer
//! of a deep network, and how many units of a network die when the learning rate is too large.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod common;
#[path = "train_digits/data.rs"]
mod data;
#[path = "train_digits/figures.rs"]
mod figures;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use wgpu_activations::{Activation, Error, Kind};

use common::gpu::Gpu;
use common::network::{Batch, Hidden, Learned, Loss, Network};
use common::picture;
use common::product::padded;
use common::training::{Schedule, Trainer};
use data::{CLASSES, Digits, PIXELS};
use figures::Scale;
pub(crate) use figures::{Curve, Figure};

/// Trains a classifier of handwritten digits, and draws gradients and dead units.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// `relu`, `prelu`, `leaky_relu(negative_slope=0.2)`, ...
    #[arg(long, default_value = "prelu")]
    activation: Activation,

    /// Hidden layers
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    depth: u8,

    /// How often each training looks at all images
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    epochs: u32,

    /// Of the first step; falls to 0 after the last one
    #[arg(long, default_value_t = 0.003)]
    learning_rate: f32,

    /// Where the figures and their numbers go
    #[arg(long, value_name = "FOLDER", default_value = "out/train_digits")]
    out: PathBuf,
}

/// Units in a hidden layer: of the network of the command line, and of those in the figures.
const WIDTH: usize = 64;
const FIGURE_WIDTH: usize = 32;
/// Images in a step.
const BATCH: usize = 64;
const SEED: u64 = 1;

/// The figure of gradients: many layers, two functions that level off and two that do not.
const DEEP: usize = 20;
const COMPARED_IN_DEPTH: [&str; 4] = ["sigmoid", "tanh", "relu", "gelu_tanh"];

/// The figure of dead units: a few layers, with the learning rate of the command line, and with one that is too large.
const SHALLOW: usize = 3;
const TOO_LARGE: f32 = 0.06;

fn main() -> Result<()> {
    run(&Arguments::parse()).map(drop)
}

/// What a run found.
#[allow(dead_code, reason = "tests/examples.rs reads them")]
pub(crate) struct Findings {
    /// Of the images held out: the share that is classified right, and the mean loss.
    pub(crate) accuracy: f64,
    pub(crate) loss: f64,
    /// The learnable parameters of the activations, layer by layer.
    pub(crate) learned: Vec<Learned>,
    pub(crate) gradients: Figure,
    pub(crate) dead_units: Figure,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Findings> {
    ensure!(arguments.learning_rate > 0.0, "the learning rate must be above 0");
    picture::create_folder(&arguments.out)?;
    let gpu = Gpu::open()?;
    let digits = Digits::load(&gpu)?;
    println!(
        "{} images to learn, {} held out, on {}",
        digits.training.rows,
        digits.held_out.rows,
        gpu.adapter()
    );

    let (loss, accuracy, learned) = train_one(&gpu, &digits, arguments)?;
    let gradients = compare_gradients(&gpu, &digits, arguments)?;
    gradients.save(&arguments.out, "gradients")?;
    let dead_units = compare_dead_units(&gpu, &digits, arguments)?;
    dead_units.save(&arguments.out, "dead_units")?;
    println!("figures and their numbers in {}", arguments.out.display());
    Ok(Findings { accuracy, loss, learned, gradients, dead_units })
}

/// Trains the network of the command line: its loss, its accuracy, and learned parameters.
fn train_one(gpu: &Gpu, digits: &Digits, arguments: &Arguments) -> Result<(f64, f64, Vec<Learned>)> {
    let started = Instant::now();
    let plan = Plan::new(arguments, arguments.activation, arguments.depth.into(), WIDTH);
    let mut loss_and_accuracy = (f64::NAN, f64::NAN);
    let network = train(gpu, digits, &plan, |network, progress| {
        loss_and_accuracy = held_out(gpu, digits, network)?;
        let (loss, accuracy) = loss_and_accuracy;
        progress.set_message(format!("loss {loss:.3}, {:.1} % right", 100.0 * accuracy));
        Ok(())
    })?;
    let (loss, accuracy) = loss_and_accuracy;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{}: of {} images held out {:.1} % right, loss {loss:.3}, {seconds:.1} s",
        arguments.activation,
        digits.held_out.rows,
        100.0 * accuracy
    );
    let learned = network.learned()?;
    for Learned { layer, name, value } in &learned {
        println!("  layer {layer}: {name} = {value:.4}");
    }
    Ok((loss, accuracy, learned))
}

/// One training.
struct Plan {
    activation: Activation,
    depth: usize,
    width: usize,
    epochs: usize,
    learning_rate: f32,
}

impl Plan {
    fn new(arguments: &Arguments, activation: Activation, depth: usize, width: usize) -> Self {
        let Arguments { epochs, learning_rate, .. } = *arguments;
        Self { activation, depth, width, epochs: epochs as usize, learning_rate }
    }
}

fn new_network(gpu: &Gpu, plan: &Plan) -> Network {
    let mut sizes = vec![plan.width; plan.depth];
    sizes.insert(0, PIXELS);
    sizes.push(CLASSES);
    Network::new(gpu, &sizes, plan.activation, Loss::CrossEntropy, SEED)
}

/// Trains, and looks at the network after each epoch. Images are drawn at random: in an epoch as many as there are.
fn train(
    gpu: &Gpu,
    digits: &Digits,
    plan: &Plan,
    mut look: impl FnMut(&Network, &ProgressBar) -> Result<()>,
) -> Result<Network> {
    let network = new_network(gpu, plan);
    let steps_per_epoch = digits.training.rows.div_ceil(BATCH);
    let steps = plan.epochs * steps_per_epoch;
    let schedule = Schedule { steps, batch: BATCH, learning_rate: plan.learning_rate };
    let trainer = Trainer::new(&network, &digits.training, &schedule)?;
    let progress = progress_bar(steps, plan.activation)?;
    for epoch in 0..plan.epochs {
        let steps = epoch * steps_per_epoch..(epoch + 1) * steps_per_epoch;
        let mut last = None;
        for _step in steps.clone() {
            last = Some(gpu.submit(|pass| trainer.record_step(pass)));
        }
        last.map_or(Ok(()), |last| gpu.wait(last))?;
        progress.set_position(steps.end as u64);
        look(&network, &progress)
            .with_context(|| format!("{} after epoch {}", plan.activation, epoch + 1))?;
    }
    progress.finish_and_clear();
    Ok(network)
}

fn progress_bar(steps: usize, activation: Activation) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} steps {msg}")?;
    Ok(ProgressBar::new(steps as u64).with_style(style).with_prefix(activation.to_string()))
}

/// Loss and accuracy over the images that were held out.
fn held_out(gpu: &Gpu, digits: &Digits, network: &Network) -> Result<(f64, f64)> {
    let data = &digits.held_out;
    let batch = Batch::new(network, data.rows, data.inputs.clone(), data.targets.clone())?;
    gpu.submit(|pass| batch.record_forward(pass));
    let outputs: Vec<f32> = gpu.read(&batch.outputs)?;
    let rows = outputs.chunks(padded(CLASSES)).zip(&digits.held_out_labels);
    let right = rows.filter(|(row, label)| largest(&row[..CLASSES]) == usize::from(**label)).count();
    Ok((batch.read_loss(gpu)?, right as f64 / data.rows as f64))
}

fn largest(values: &[f32]) -> usize {
    let indices = 0..values.len();
    indices.max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or_default()
}

/// The activations of these names, then the one of the command line if it is another.
fn compared(names: &[&str], arguments: &Arguments) -> Result<Vec<Activation>, Error> {
    let mut all = names.iter().map(|name| name.parse()).collect::<Result<Vec<Activation>, Error>>()?;
    if !all.contains(&arguments.activation) {
        all.push(arguments.activation);
    }
    Ok(all)
}

/// How large the gradient is in each layer of a deep network before training, and how many digits it gets right after.
fn compare_gradients(gpu: &Gpu, digits: &Digits, arguments: &Arguments) -> Result<Figure> {
    let mut curves = Vec::new();
    for activation in compared(&COMPARED_IN_DEPTH, arguments)? {
        let plan = Plan::new(arguments, activation, DEEP, FIGURE_WIDTH);
        let sizes = gradient_sizes(gpu, digits, &new_network(gpu, &plan))?;
        let trained = train(gpu, digits, &plan, |_, _| Ok(()))?;
        let (_, accuracy) = held_out(gpu, digits, &trained)?;
        println!(
            "{activation}: {DEEP} layers, gradient of the first over that of the last {:.1e}; trained {:.1} % right",
            sizes[0] / sizes[DEEP - 1],
            100.0 * accuracy
        );
        curves.push(Curve {
            name: activation.kind().name().to_owned(),
            note: format!("trained: {:.0} % right", 100.0 * accuracy),
            points: (1..).map(f64::from).zip(sizes).collect(),
        });
    }
    Ok(Figure {
        title: format!("Gradient by layer before training ({DEEP} layers of {FIGURE_WIDTH})"),
        x: "hidden layer (1 is next to the input)",
        y: "RMS of the gradient by x",
        scale: Scale::Logarithmic,
        curves,
    })
}

/// The root of the mean square of the gradients by each activation's input, over all images to learn.
fn gradient_sizes(gpu: &Gpu, digits: &Digits, network: &Network) -> Result<Vec<f64>> {
    let batch = whole_training_set(digits, network)?;
    gpu.submit(|pass| {
        batch.record_forward(pass);
        batch.record_backward(pass);
    });
    let size = |hidden: &Hidden| {
        let gradient: Vec<f32> = gpu.read(&hidden.gradient)?;
        let squares: f64 = gradient.iter().map(|&value| f64::from(value).powi(2)).sum();
        Ok((squares / (FIGURE_WIDTH * batch.rows) as f64).sqrt()) // what fills up the last block is 0
    };
    batch.hidden.iter().map(size).collect()
}

fn whole_training_set(digits: &Digits, network: &Network) -> Result<Batch> {
    let data = &digits.training;
    Batch::new(network, data.rows, data.inputs.clone(), data.targets.clone())
}

/// The share of units that no image switches on, epoch by epoch.
fn compare_dead_units(gpu: &Gpu, digits: &Digits, arguments: &Arguments) -> Result<Figure> {
    let leaky_relu = Kind::LeakyRelu.with_defaults()?;
    let runs =
        [(Activation::RELU, TOO_LARGE), (leaky_relu, TOO_LARGE), (Activation::RELU, arguments.learning_rate)];
    let mut curves = Vec::new();
    for (activation, learning_rate) in runs {
        let plan = Plan { learning_rate, ..Plan::new(arguments, activation, SHALLOW, FIGURE_WIDTH) };
        let mut shares = vec![silent_units(gpu, digits, &new_network(gpu, &plan))?];
        let trained = train(gpu, digits, &plan, |network, _| {
            shares.push(silent_units(gpu, digits, network)?);
            Ok(())
        })?;
        let (_, accuracy) = held_out(gpu, digits, &trained)?;
        println!(
            "{activation}: learning rate {learning_rate}, {:.0} % of the units silent; trained {:.1} % right",
            100.0 * shares[shares.len() - 1],
            100.0 * accuracy
        );
        curves.push(Curve {
            name: format!("{}, rate {learning_rate}", activation.kind()),
            note: format!("trained: {:.0} % right", 100.0 * accuracy),
            points: (0..).map(f64::from).zip(shares.iter().map(|share| 100.0 * share)).collect(),
        });
    }
    Ok(Figure {
        title: format!("Silent units: not above 0 for any image ({SHALLOW} layers of {FIGURE_WIDTH})"),
        x: "epoch",
        y: "share of the hidden units, in %",
        scale: Scale::Linear,
        curves,
    })
}

/// The share of hidden units that are not above 0 for any image to learn: such a unit of relu is dead, its gradient 0. The functions that
/// are compared have the sign of their input.
fn silent_units(gpu: &Gpu, digits: &Digits, network: &Network) -> Result<f64> {
    let batch = whole_training_set(digits, network)?;
    gpu.submit(|pass| batch.record_forward(pass));
    let mut silent = 0;
    for hidden in &batch.hidden {
        let y: Vec<f32> = gpu.read(&hidden.y)?;
        let y = &y[..FIGURE_WIDTH * batch.rows];
        let is_silent = |unit: &usize| y.iter().skip(*unit).step_by(FIGURE_WIDTH).all(|y| *y <= 0.0);
        silent += (0..FIGURE_WIDTH).filter(is_silent).count();
    }
    Ok(silent as f64 / (FIGURE_WIDTH * batch.hidden.len()) as f64)
}
