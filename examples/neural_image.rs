//! A network that learns a picture: from a pixel's place (x, y) to its colour.
//!
//! ```text
//! cargo run --release --example neural_image -- [PICTURE.png] --activation relu --activation 'snake(alpha=5)'
//! ```
//!
//! The application has its own device, matrix multiplications, optimiser and render pass; this library computes the
//! activations, forward and backward, in the application's own passes. Where it comes in: `common/network.rs`.
//!
//! It writes the target, a few frames of each training, and `comparison.png`: all results beside the target.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

pub(crate) mod common;
#[path = "neural_image/comparison.rs"]
mod comparison;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use wgpu_activations::{Activation, wgpu};

use common::gpu::Gpu;
use common::network::{Batch, Learned, Loss, Network};
use common::picture::{self, Picture, Target};
use common::product::{BLOCK, padded};
use common::training::{Dataset, Schedule, Trainer};
use comparison::Panel;

/// Teaches a small network a picture, once with each activation, and renders what it has learned.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// A PNG
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/chelsea.png"))]
    picture: PathBuf,

    /// `relu`, `snake(alpha=5)`, ...; may be given several times
    #[arg(long, value_name = "ACTIVATION", default_values = ["relu", "gelu_tanh", "snake(alpha=5)"])]
    activation: Vec<Activation>,

    /// Where the pictures go
    #[arg(long, value_name = "FOLDER", default_value = "out/neural_image")]
    out: PathBuf,

    /// Larger pictures are shrunk until their longer side has this many pixels
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..=512))]
    size: u16,

    /// Training steps
    #[arg(long, default_value_t = 2400, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,

    /// Pixels in a step
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=262_144))]
    batch: u32,

    /// Hidden layers
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    depth: u8,

    /// Units in a hidden layer
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    width: u16,

    /// Of the first step; falls to 0 after the last one
    #[arg(long, default_value_t = 0.005)]
    learning_rate: f32,

    /// Frames of each training, beside the one before its first step
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
}

const LOSS: &str = include_str!("common/shaders/mean_square.wgsl");

/// A frame shows each pixel this many times in both directions.
const SCALE: usize = 2;

const SEED: u64 = 1;

fn main() -> Result<()> {
    run(&Arguments::parse()).map(drop)
}

/// One training: the loss over the whole picture at each frame, the first one before training.
pub(crate) struct Trained {
    pub(crate) losses: Vec<f64>,
    pub(crate) last_frame: PathBuf,
    /// Parameters of the activation, where it has learnable ones.
    learned: Vec<Learned>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Vec<Trained>> {
    ensure!(arguments.learning_rate > 0.0, "the learning rate must be above 0");
    let target = Picture::read(&arguments.picture)?.shrunk(arguments.size.into());
    picture::create_folder(&arguments.out)?;
    let gpu = Gpu::open()?;
    println!("{} x {} pixels, on {}", target.width, target.height, gpu.adapter());

    let data = dataset(&gpu, &target);
    let screen = Screen::new(&gpu, &target)?;
    let encoder = gpu.device.create_command_encoder(&Default::default());
    let target_path = arguments.out.join("target.png");
    screen.save(&gpu, encoder, &data.targets, &target_path)?;

    let mut all = Vec::new();
    let mut panels = vec![Panel {
        picture: Picture::read(&target_path)?,
        name: "the picture".to_owned(),
        note: format!("{} x {} pixels", target.width, target.height),
    }];
    for &activation in &arguments.activation {
        let started = Instant::now();
        let trained = train(&gpu, &data, &screen, activation, arguments)
            .with_context(|| format!("with {activation}"))?;
        let loss = trained.losses[trained.losses.len() - 1];
        let seconds = started.elapsed().as_secs_f64();
        println!("{activation}: mean square error {loss:.5}, {:.1} dB, {seconds:.1} s", decibels(loss));
        for Learned { layer, name, value } in &trained.learned {
            println!("  layer {layer}: {name} = {value:.3}");
        }
        panels.push(Panel {
            picture: Picture::read(&trained.last_frame)?,
            name: activation.to_string(),
            note: format!("MSE {loss:.5}, {:.1} dB", decibels(loss)),
        });
        all.push(trained);
    }
    let comparison = arguments.out.join("comparison.png");
    comparison::save(&comparison, &panels)?;
    println!("side by side in {}; frames beside it", comparison.display());
    Ok(all)
}

/// Each pixel's place, from -1 to 1 along the longer side, and its colour.
fn dataset(gpu: &Gpu, picture: &Picture) -> Dataset {
    let Picture { width, height, pixels } = picture;
    let centred =
        |at: usize, length: usize| (2.0 * at as f32 + 1.0 - length as f32) / *width.max(height) as f32;
    let places: Vec<[f32; 2]> =
        (0..pixels.len()).map(|at| [centred(at % width, *width), centred(at / width, *height)]).collect();
    Dataset::new(gpu, &places, pixels)
}

/// Trains, and saves a frame now and then.
fn train(
    gpu: &Gpu,
    data: &Dataset,
    screen: &Screen,
    activation: Activation,
    arguments: &Arguments,
) -> Result<Trained> {
    let mut sizes = vec![usize::from(arguments.width); usize::from(arguments.depth)];
    sizes.insert(0, 2);
    sizes.push(3);
    let network = Network::new(gpu, &sizes, activation, Loss::Own(LOSS), SEED);
    let schedule = Schedule {
        steps: arguments.steps as usize,
        batch: arguments.batch as usize,
        learning_rate: arguments.learning_rate,
    };
    let trainer = Trainer::new(&network, data, &schedule)?;
    let whole = Batch::new(&network, data.rows, data.inputs.clone(), data.targets.clone())?;

    let folder = arguments.out.join(activation.kind().name());
    picture::create_folder(&folder)?;
    let progress = progress_bar(arguments.steps.into(), &activation.to_string())?;
    let mut trained = Trained { losses: Vec::new(), last_frame: PathBuf::new(), learned: Vec::new() };
    let mut running: Option<wgpu::SubmissionIndex> = None;
    for step in 0..=arguments.steps {
        if step > 0 {
            let submission = gpu.submit(|pass| trainer.record_step(pass));
            // One step runs while the next one is recorded, and no more than that pile up.
            if let Some(previous) = running.replace(submission) {
                gpu.wait(previous)?;
            }
        }
        if is_frame(step, arguments) {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            whole.record_forward(&mut encoder.begin_compute_pass(&Default::default()));
            trained.last_frame = folder.join(format!("step_{step:05}.png"));
            screen.save(gpu, encoder, &whole.outputs, &trained.last_frame)?;
            let loss = whole.read_loss(gpu)?;
            ensure!(loss.is_finite(), "the loss is {loss} after {step} steps: try a smaller --learning-rate");
            trained.losses.push(loss);
            progress.set_message(format!("{:.1} dB", decibels(loss)));
        }
        progress.set_position(step.into());
    }
    progress.finish_and_clear();
    trained.learned = network.learned()?;
    Ok(trained)
}

/// Before the first step, and then `frames` times evenly spread, the last time after the last step.
fn is_frame(step: u32, arguments: &Arguments) -> bool {
    let frames_until = |step: u32| u64::from(step) * u64::from(arguments.frames) / u64::from(arguments.steps);
    step.checked_sub(1).is_none_or(|before| frames_until(step) > frames_until(before))
}

/// The peak signal-to-noise ratio that a mean square error stands for.
fn decibels(mean_square: f64) -> f64 {
    -10.0 * mean_square.log10()
}

fn progress_bar(steps: u64, name: &str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} steps {msg}")?;
    Ok(ProgressBar::new(steps).with_style(style).with_prefix(name.to_owned()))
}

/// The application's render pass: shows three values for each pixel.
struct Screen {
    pipeline: wgpu::RenderPipeline,
    frame: wgpu::Buffer,
    target: Target,
}

impl Screen {
    fn new(gpu: &Gpu, picture: &Picture) -> Result<Self> {
        Ok(Self {
            pipeline: picture::render_pipeline(gpu, "picture", include_str!("neural_image/picture.wgsl")),
            frame: gpu
                .uniform("frame", &[picture.width, SCALE, padded(3) / BLOCK, 0].map(|value| value as u32)),
            target: Target::new(gpu, SCALE * picture.width, SCALE * picture.height)?,
        })
    }

    /// Renders after what `encoder` has recorded, and saves the frame.
    fn save(
        &self,
        gpu: &Gpu,
        mut encoder: wgpu::CommandEncoder,
        colours: &wgpu::Buffer,
        path: &Path,
    ) -> Result<()> {
        let resources = [&self.frame, colours].map(wgpu::Buffer::as_entire_binding);
        let bind_group = gpu.bind(&self.pipeline.get_bind_group_layout(0), &resources);
        picture::record_fill(&mut encoder, &self.target, &self.pipeline, &bind_group);
        self.target.save(gpu, encoder, path)
    }
}
