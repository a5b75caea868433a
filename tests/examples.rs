//! The examples, in a short form each: what they print, write and find is what it should be.

#![allow(
    clippy::duplicate_mod,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking; each example has the common modules for itself"
)]

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::sync::Mutex;

use clap::Parser;

#[path = "../examples/attention.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod attention;
#[path = "../examples/eikonal.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod eikonal;
#[path = "../examples/fuse_into_your_shader.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod fuse_into_your_shader;
#[path = "../examples/neural_image.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod neural_image;
#[path = "../examples/train_digits.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod train_digits;

/// One device at a time: creating them in parallel crashes some drivers.
static DEVICE: Mutex<()> = Mutex::new(());

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/chelsea.png");

/// Width, height, and the bytes of red, green and blue.
fn decode(path: &Path) -> (usize, usize, Vec<u8>) {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).unwrap())).read_info().unwrap();
    assert_eq!(reader.output_color_type(), (png::ColorType::Rgb, png::BitDepth::Eight));
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    (info.width as usize, info.height as usize, bytes)
}

/// The mean square error of two pictures' values, from 0 to 1.
fn mean_square(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let squares = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>() / (a.len() as f64 * 255.0 * 255.0)
}

/// The variance of a picture's values, from 0 to 1, around the mean of their channel.
fn variance(rgb: &[u8]) -> f64 {
    let channel = |channel: usize| rgb.iter().skip(channel).step_by(3).map(|value| f64::from(*value) / 255.0);
    let count = rgb.len() as f64 / 3.0;
    let of_channel = |index: usize| {
        let mean = channel(index).sum::<f64>() / count;
        channel(index).map(|value| (value - mean).powi(2)).sum::<f64>() / count
    };
    (0..3).map(of_channel).sum::<f64>() / 3.0
}

#[test]
fn neural_image_learns_its_picture_and_renders_what_it_learned() {
    let _device = DEVICE.lock();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let arguments = neural_image::Arguments::parse_from([
        "neural_image",
        PICTURE,
        "--out",
        folder,
        "--size",
        "32",
        "--steps",
        "120",
        "--batch",
        "256",
        "--frames",
        "2",
        "--width",
        "32",
        "--learning-rate",
        "0.01",
        "--activation",
        "relu",
        "--activation",
        "snake(alpha=5)",
    ]);
    let trained = neural_image::run(&arguments).unwrap();
    assert_eq!(trained.len(), 2);
    let (width, height, target) = decode(&out.path().join("target.png"));
    assert_eq!((width, height), (64, 64));
    for trained in trained {
        let [first, .., last] = trained.losses[..] else { panic!("three frames: {:?}", trained.losses) };
        assert!(last < 0.1 * first, "{:?}", trained.losses);
        // Less than what a picture of one colour, the target's mean, is off by.
        assert!(last < 0.8 * variance(&target), "{:?}, {}", trained.losses, variance(&target));
        // The frame shows what the loss speaks of, rounded to 8 bits, and cut off at 0 and 1.
        let (_, _, frame) = decode(&trained.last_frame);
        let shown = mean_square(&frame, &target);
        assert!((shown / last - 1.0).abs() < 0.05, "the frame is off by {shown}, the loss is {last}");
    }
    // The target and both results in a row, the target's first row of pixels where it should be.
    let (width, height, comparison) = decode(&out.path().join("comparison.png"));
    assert_eq!((width, height), (16 + 3 * 272, 16 + 64 + 64));
    let at = 3 * (16 * width + 16);
    assert_eq!(comparison[at..at + 3 * 64], target[..3 * 64]);
    assert!(comparison[3 * width * 80..].iter().any(|value| *value < 100), "there are no captions");
}

#[test]
fn train_digits_classifies_learns_a_slope_and_finds_what_depth_does() {
    let _device = DEVICE.lock();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let arguments = train_digits::Arguments::parse_from([
        "train_digits",
        "--epochs",
        "3",
        "--depth",
        "2",
        "--out",
        folder,
    ]);
    let findings = train_digits::run(&arguments).unwrap();
    assert!(findings.accuracy > 0.8, "{}", findings.accuracy);
    assert!(findings.loss < 0.8, "{}", findings.loss); // ln 10 = 2.3 for a guess
    assert_eq!(findings.learned.len(), 2);
    assert!(findings.learned.iter().all(|weight| (weight.value - 0.25).abs() > 1e-3));

    let first_over_last = |name: &str| {
        let curve = findings.gradients.curves.iter().find(|curve| curve.name == name).unwrap();
        curve.points[0].1 / curve.points[curve.points.len() - 1].1
    };
    assert!(first_over_last("sigmoid") < 1e-6);
    assert!(first_over_last("tanh") < 0.5);
    assert!((0.2..5.0).contains(&first_over_last("relu")));
    let [relu, _leaky, gentle] = &findings.dead_units.curves[..] else { panic!("three curves") };
    let last = |curve: &train_digits::Curve| curve.points[curve.points.len() - 1].1;
    assert!(last(relu) > last(gentle) + 20.0, "{} and {}", last(relu), last(gentle));

    for (name, figure) in [("gradients", &findings.gradients), ("dead_units", &findings.dead_units)] {
        let svg = fs::read_to_string(out.path().join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        let csv = fs::read_to_string(out.path().join(format!("{name}.csv"))).unwrap();
        assert_eq!(csv.lines().count(), 1 + figure.curves[0].points.len());
        for curve in &figure.curves {
            assert!(svg.contains(&curve.name) && csv.contains(&curve.name), "{}", curve.name);
        }
    }
}

#[test]
fn fused_and_separate_agree_and_the_toned_picture_is_whole() {
    let _device = DEVICE.lock();
    let out = tempfile::tempdir().unwrap();
    // The defaults, one activation in both places, and two that share their mathematics.
    for (epilogue, tone) in [("gelu_tanh", "softsign"), ("tanh", "tanh"), ("snake(alpha=3)", "squareplus")] {
        let path = out.path().join(format!("{tone}.png"));
        let arguments = ["fuse", "--epilogue", epilogue, "--tone", tone, "--out", path.to_str().unwrap()];
        // `run` fails unless fused and separate results agree.
        fuse_into_your_shader::run(&fuse_into_your_shader::Arguments::parse_from(arguments)).unwrap();
        let (width, height, bytes) = decode(&path);
        assert_eq!((width, height), (512, 256));
        // Right at the edge, 5 stops up, most of the picture is cut off on the left; a tone curve keeps it apart.
        let white = |columns: std::ops::Range<usize>| {
            let pixels = (0..height).flat_map(|row| {
                let at = |column: usize| 3 * (row * width + column);
                &bytes[at(columns.start)..at(columns.end)]
            });
            pixels.filter(|value| **value == 255).count()
        };
        assert!(white(192..256) > 10_000, "{}", white(192..256));
        if epilogue == "gelu_tanh" {
            assert!(white(448..512) < 100, "{}", white(448..512));
        }
    }
}

#[test]
fn a_wrong_fused_result_is_seen() {
    let allowances = [1e-6; 3];
    let right = [1.0_f32, -2.0, 0.5];
    assert!(fuse_into_your_shader::Difference::of(&right, &right, &allowances).check().is_ok());
    let wrong = [1.0, -2.0, 0.5 + 1e-5];
    assert!(fuse_into_your_shader::Difference::of(&right, &wrong, &allowances).check().is_err());
}

#[test]
fn bad_input_is_said_clearly() {
    let _device = DEVICE.lock();
    let unknown = neural_image::Arguments::try_parse_from(["neural_image", "--activation", "rellu"]);
    let message = unknown.err().unwrap().to_string();
    assert!(message.contains("no activation is called \"rellu\"; the nearest name is \"relu\""), "{message}");

    let folder = tempfile::tempdir().unwrap();
    let no_png = folder.path().join("text.png");
    fs::write(&no_png, "not a picture").unwrap();
    let run = |picture: &Path, out: &Path| {
        let arguments = [Path::new("neural_image"), picture, Path::new("--out"), out];
        let error = neural_image::run(&neural_image::Arguments::parse_from(arguments)).err().unwrap();
        format!("{error:#}")
    };
    let out = folder.path().join("out");
    let message = run(&no_png, &out);
    assert!(message.contains("text.png as a PNG"), "{message}");
    let message = run(&folder.path().join("missing.png"), &out);
    assert!(message.contains("missing.png"), "{message}");
    // A file where the folder should be.
    let message = run(Path::new(PICTURE), &no_png.join("out"));
    assert!(message.contains("cannot make the folder"), "{message}");

    let request = neural_image::common::gpu::Gpu::request(Some("no such adapter"));
    let message = format!("{:#}", pollster::block_on(request).err().unwrap());
    assert!(message.contains("no adapter's name contains \"no such adapter\"; there are"), "{message}");
}

/// The loss holds the network's derivative: without right second derivatives it would not fall, and no gradient would have its length.
#[test]
fn eikonal_learns_a_distance() {
    let _device = DEVICE.lock();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let options = ["--points", "64", "--steps", "240", "--learning-rate", "0.01", "--size", "32"];
    let arguments = ["eikonal", "--out", folder].into_iter().chain(options);
    let learned = eikonal::run(&eikonal::Arguments::parse_from(arguments)).unwrap();
    assert!(learned.last_loss < 0.15 * learned.first_loss, "{} of {}", learned.last_loss, learned.first_loss);
    assert!(learned.error < 0.05, "{}", learned.error);
    assert!((learned.slope - 1.0).abs() < 0.1, "{}", learned.slope);
    let (width, height, _) = decode(&out.path().join("eikonal.png"));
    assert_eq!((width, height), (64, 32));
}

#[test]
fn attention_looks_back_at_what_its_heads_look_for() {
    let _device = DEVICE.lock();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("attention.png");
    let arguments = attention::Arguments::parse_from(["attention", "--out", path.to_str().unwrap()]);
    let findings = attention::run(&arguments).unwrap();
    let letters = 64;
    for attention::Head { name, weights, .. } in &findings.heads {
        for (row, weights) in weights.chunks(letters).enumerate() {
            let sum: f32 = weights.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "{name}: row {row} sums to {sum}");
            assert!(weights[row + 1..].iter().all(|weight| *weight == 0.0), "{name}: row {row} looks ahead");
        }
    }
    let before = &findings.heads[0].weights;
    assert!((1..letters).all(|row| before[row * letters + row - 1] > 0.9));
    // One letter says little of the next: a third, where chance would have one of a dozen.
    assert!(findings.guessed * 3 > findings.guesses, "{} of {}", findings.guessed, findings.guesses);
    let (width, height, _) = decode(&path);
    assert_eq!((width, height), (3 * 256 + 2 * 16, 256));
    let short = attention::Arguments::parse_from(["attention", "short"]);
    assert!(attention::run(&short).err().unwrap().to_string().contains("64 are needed"));
}
