//! Attention over a short text with the causal mask: what each letter looks at, drawn as a picture of the weights.
//!
//! ```text
//! cargo run --release --example attention
//! ```
//!
//! Scores q kᵀ and results w v are matrix multiplications of the application's own. Between them, in the same pass and over the scores, the
//! library's softmax makes weights of them: scaled, and with its causal mask, so that no letter sees a later one and no mask is stored.
//!
//! The three heads are made by hand, as trained networks have them, too: one finds the letter before, one all that are the same, and one
//! what came after the same letter earlier. The last one guesses the next letter wherever a text repeats itself.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

mod common;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use wgpu_activations::{Axis, Kernels, Softmax, SoftmaxKind, Span, Step, Storage, wgpu};

use common::gpu::{Gpu, Work};
use common::picture;
use common::product::{self, Product};

/// Draws what the letters of a text attend to.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// The text: its first 64 characters, of 32 different ones at most
    #[arg(default_value = "she sells sea shells by the sea shore, the shells she sells are ")]
    text: String,

    /// What scores are multiplied by: the larger, the fewer letters share the attention
    #[arg(long, default_value_t = 8.0)]
    scale: f32,

    /// The PNG to write
    #[arg(long, value_name = "FILE", default_value = "out/attention.png")]
    out: PathBuf,
}

/// Letters, and the width of a query: whole tiles of the multiplication.
const LETTERS: usize = 64;
const WIDTH: usize = 32;

/// Pixels of a weight, and between heads.
const SCALE: usize = 4;
const GAP: usize = 16;

/// What a head came to.
#[allow(dead_code, reason = "for tests/examples.rs, which looks at it")]
pub(crate) struct Head {
    pub(crate) name: &'static str,
    /// A row for each letter, with the weight of every letter.
    pub(crate) weights: Vec<f32>,
    /// A row for each letter: how much of each kind of letter it has seen.
    pub(crate) seen: Vec<f32>,
}

#[allow(dead_code, reason = "for tests/examples.rs, which looks at it")]
pub(crate) struct Findings {
    pub(crate) heads: Vec<Head>,
    /// How many of the letters after the first half of the text the last head guessed.
    pub(crate) guessed: usize,
    pub(crate) guesses: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let Findings { heads, guessed, guesses } = run(&arguments)?;
    let names: Vec<&str> = heads.iter().map(|head| head.name).collect();
    println!("from left to right, {}; a row for each letter: {}", names.join(", "), arguments.out.display());
    println!("the last head guesses {guessed} of the last {guesses} letters");
    Ok(())
}

pub(crate) fn run(arguments: &Arguments) -> Result<Findings> {
    let letters = letters_of(&arguments.text)?;
    if let Some(folder) = arguments.out.parent() {
        picture::create_folder(folder)?;
    }
    let gpu = Gpu::open()?;
    println!("on {}", gpu.adapter());
    let softmax =
        Softmax::new(Axis::last(LETTERS as u64)).scaled(arguments.scale)?.causal(LETTERS as u64, 0)?;
    let heads = heads(&letters).into_iter();
    let heads = heads.map(|(name, q, k)| attend(&gpu, softmax, name, [&q, &k, &one_hot(&letters)]));
    let heads = heads.collect::<Result<Vec<Head>>>()?;
    draw(&heads, &arguments.out)?;
    let half = LETTERS / 2;
    let seen = heads.last().map_or(&[][..], |head| &head.seen);
    let guess = |letter: &usize| most(&seen[letter * WIDTH..][..WIDTH]) == letters[letter + 1];
    let (guessed, guesses) = ((half..LETTERS - 1).filter(guess).count(), LETTERS - 1 - half);
    Ok(Findings { heads, guessed, guesses })
}

/// The letters' numbers, in the order in which they first occur.
fn letters_of(text: &str) -> Result<Vec<usize>> {
    let mut kinds = Vec::new();
    let number = |letter: char| {
        let known = kinds.iter().position(|kind| *kind == letter);
        known.unwrap_or_else(|| {
            kinds.push(letter);
            kinds.len() - 1
        })
    };
    let letters: Vec<usize> = text.chars().take(LETTERS).map(number).collect();
    ensure!(letters.len() == LETTERS, "the text has {} characters: {LETTERS} are needed", letters.len());
    ensure!(kinds.len() <= WIDTH, "the text has {} different characters: {WIDTH} are allowed", kinds.len());
    Ok(letters)
}

/// Rows of WIDTH.
type Matrix = Vec<f32>;

/// Queries and keys of each head. A score is 1 where both match.
fn heads(letters: &[usize]) -> [(&'static str, Matrix, Matrix); 3] {
    let same = one_hot(letters);
    // The key of a letter is the one before it.
    let mut after = vec![0.0; WIDTH];
    after.extend(&same[..(LETTERS - 1) * WIDTH]);
    let positions = |offset: f32| (0..LETTERS).flat_map(|letter| position(letter as f32 + offset)).collect();
    [
        ("the letter before", positions(-1.0), positions(0.0)),
        ("the same letters", same.clone(), same.clone()),
        ("what came after the same letter", same, after),
    ]
}

/// A one in each row, at the number of its letter.
fn one_hot(letters: &[usize]) -> Matrix {
    let row = |letter: usize| (0..WIDTH).map(move |column| f32::from(u8::from(column == letter)));
    letters.iter().copied().flat_map(row).collect()
}

/// Sines and cosines of many wavelengths: products of two positions depend on how far apart they are.
fn position(at: f32) -> Vec<f32> {
    let waves = WIDTH / 2;
    let angle = |wave: usize| at * std::f32::consts::PI * (wave as f32 + 0.5) / waves as f32;
    let size = (1.0 / waves as f32).sqrt();
    (0..waves).flat_map(|wave| [size * angle(wave).sin(), size * angle(wave).cos()]).collect()
}

/// softmax(q kᵀ) v in one pass.
fn attend(gpu: &Gpu, softmax: Softmax, name: &'static str, [q, k, v]: [&Matrix; 3]) -> Result<Head> {
    let [q, k, v] = [("q", q), ("k", k), ("v", v)].map(|(label, values)| gpu.buffer(label, values));
    let (weights, seen) = (gpu.zeros("weights", LETTERS * LETTERS), gpu.zeros("seen", LETTERS * WIDTH));
    let scores = product(gpu, [&q, &k, &weights], [LETTERS, WIDTH], true);
    let step = weigh(gpu, softmax, &weights)?;
    let results = product(gpu, [&weights, &v, &seen], [WIDTH, LETTERS], false);
    gpu.submit(|pass| {
        scores.record(pass);
        step.record(pass);
        results.record(pass);
    });
    Ok(Head { name, weights: gpu.read(&weights)?, seen: gpu.read(&seen)? })
}

/// Scores become weights where they lie.
fn weigh(gpu: &Gpu, softmax: Softmax, scores: &wgpu::Buffer) -> Result<Step> {
    let kernel = Kernels::new(&gpu.device).softmax(SoftmaxKind::Softmax, Storage::F32)?;
    let scores = Span::all(scores);
    kernel.bind(softmax, [scores], scores).context("softmax over the scores")
}

/// A matrix with a row for each letter, times another one.
fn product(gpu: &Gpu, buffers: [&wgpu::Buffer; 3], [columns, terms]: [usize; 2], b_transposed: bool) -> Work {
    let b_columns = if b_transposed { terms } else { columns };
    let sizes = Product {
        rows: LETTERS,
        columns,
        terms,
        a_columns: terms,
        b_columns,
        a_transposed: false,
        b_transposed,
        ones: None,
    };
    sizes.work(
        gpu,
        &product::pipeline(gpu, product::NO_EPILOGUE),
        buffers.map(wgpu::Buffer::as_entire_binding),
    )
}

/// The place of the largest.
fn most(values: &[f32]) -> usize {
    let largest = values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    largest.map_or(0, |(place, _)| place)
}

/// Weights from white to dark, head by head; what the mask hides is grey.
fn draw(heads: &[Head], path: &Path) -> Result<()> {
    let side = LETTERS * SCALE;
    let (width, height) = (heads.len() * (side + GAP) - GAP, side);
    let pixel = |at: usize| {
        let (x, y) = (at % width, at / width);
        let (head, column, row) = (x / (side + GAP), x % (side + GAP) / SCALE, y / SCALE);
        if column >= LETTERS {
            return [255; 3];
        }
        if column > row {
            return [232; 3];
        }
        let weight = heads[head].weights[row * LETTERS + column].sqrt();
        [20.0, 50.0, 120.0].map(|dark: f32| (255.0 + weight * (dark - 255.0)) as u8)
    };
    let rgb: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    picture::encode(path, width as u32, height as u32, &rgb)
        .with_context(|| format!("cannot write {}", path.display()))
}
