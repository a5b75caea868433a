//! The images: `examples/data/digits.py` says where they come from.

use anyhow::{Result, ensure};

use super::common::gpu::Gpu;
use super::common::training::Dataset;

const IMAGES: &[u8] = include_bytes!("../data/digits_images.npy");
const LABELS: &[u8] = include_bytes!("../data/digits_labels.npy");

/// The last images are held out.
const HELD_OUT: usize = 500;
/// The value of full ink.
const INK: f32 = 16.0;

pub(crate) const PIXELS: usize = 64;
pub(crate) const CLASSES: usize = 10;

pub(crate) struct Digits {
    pub(crate) training: Dataset,
    pub(crate) held_out: Dataset,
    pub(crate) held_out_labels: Vec<u8>,
}

impl Digits {
    pub(crate) fn load(gpu: &Gpu) -> Result<Self> {
        let images: Vec<u8> = npyz::NpyFile::new(IMAGES)?.into_vec()?;
        let mut labels: Vec<u8> = npyz::NpyFile::new(LABELS)?.into_vec()?;
        ensure!(images.len() == PIXELS * labels.len(), "as many labels as images are needed");
        let training = labels.len() - HELD_OUT;
        let (images, held_out_images) = images.split_at(PIXELS * training);
        let held_out_labels = labels.split_off(training);
        Ok(Self {
            training: dataset(gpu, images, &labels),
            held_out: dataset(gpu, held_out_images, &held_out_labels),
            held_out_labels,
        })
    }
}

/// Ink from 0 to 1, and for each image a 1 at its label.
fn dataset(gpu: &Gpu, images: &[u8], labels: &[u8]) -> Dataset {
    let image = |pixels: &[u8]| std::array::from_fn(|at| f32::from(pixels[at]) / INK);
    let images: Vec<[f32; PIXELS]> = images.chunks(PIXELS).map(image).collect();
    let one_hot = |&label: &u8| std::array::from_fn(|class| f32::from(class == usize::from(label)));
    let targets: Vec<[f32; CLASSES]> = labels.iter().map(one_hot).collect();
    Dataset::new(gpu, &images, &targets)
}
