//! A figure of a function of rows: what it makes of a row of logits, as bars, at three temperatures.

use anyhow::Result;
use plotters::backend::DrawingBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::element::Rectangle;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{BLACK, Color, FontStyle, RGBColor, WHITE};
use wgpu_activations::{Axis, Gpu, Softmax, SoftmaxKind};

use super::axis::Axis as Scale;
use super::draw::{self, Canvas, GRID, Place, QUIET, SCALE, failed, text_style};
use crate::named::{NamedRows, rows_of};

/// Of ten classes, some alike, one that is masked.
const LOGITS: [f32; 10] = [2.0, -1.0, 0.5, 3.0, 2.5, f32::NEG_INFINITY, 0.0, 1.0, -2.0, 2.9];

const TEMPERATURES: [f32; 3] = [0.5, 1.0, 2.0];

const BAR: RGBColor = RGBColor(0, 114, 178);
const SIZE: (i32, i32) = (960, 330);
/// A panel, where the first one begins, and from one to the next.
const PANEL: (i32, i32) = (260, 190);
const FIRST: (i32, i32) = (60, 84);
const STEP: i32 = 305;

/// A function of rows with an element each, by its name.
pub(super) struct Bars {
    pub(super) name: &'static str,
    kind: SoftmaxKind,
    sign: f32,
    /// What noise is drawn by.
    seed: Option<u64>,
}

/// A panel: a temperature, and the results.
type Panel = (f32, Vec<f32>);

impl Bars {
    /// None of what is no such function.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (name, kind, sign, seed) = match rows_of(name).filter(|named| !named.reduces())? {
            NamedRows::CrossEntropy => return None,
            NamedRows::Gumbel => ("gumbel_softmax", SoftmaxKind::Softmax, 1.0, Some(0)),
            NamedRows::Softmax(kind, sign) => {
                (if sign < 0.0 { "softmin" } else { kind.name() }, kind, sign, None)
            }
        };
        Some(Self { name, kind, sign, seed })
    }

    fn panels(&self, gpu: &Gpu) -> Result<Vec<Panel>> {
        // What is masked is so for a negative scale, too.
        let x = gpu.upload(&LOGITS.map(|x| if x.is_finite() { x } else { self.sign * x }))?;
        let panel = |temperature: f32| {
            let softmax = Softmax::of(self.kind, Axis::last(LOGITS.len() as u64));
            let softmax = self.seed.map_or(softmax, |seed| softmax.with_gumbel_noise(seed));
            let y = gpu.softmax(softmax.scaled(self.sign / temperature)?, &x)?;
            Ok((temperature, gpu.read_blocking(&y)?))
        };
        TEMPERATURES.into_iter().map(panel).collect()
    }

    pub(super) fn svg(&self, gpu: &Gpu, source: &str) -> Result<Vec<u8>> {
        let panels = self.panels(gpu)?;
        draw::document(SIZE, |backend| self.draw(&panels, source, backend, 0.0))
    }

    pub(super) fn png(&self, gpu: &Gpu, source: &str) -> Result<Vec<u8>> {
        let panels = self.panels(gpu)?;
        draw::bitmap(SIZE, |backend, sink| self.draw(&panels, source, backend, sink))
    }

    fn draw<DB: DrawingBackend>(&self, panels: &[Panel], source: &str, backend: DB, sink: f64) -> Result<()> {
        let canvas = Canvas { area: backend.into_drawing_area(), sink };
        canvas.area.fill(&WHITE).map_err(failed)?;
        let title = format!("{} of ten logits, at three temperatures", self.name);
        canvas.text(&title, text_style(22, FontStyle::Bold, BLACK), (FIRST.0, 28), LEFT)?;
        // One for all panels: side by side, bars show what a temperature does.
        let scale = Scale::around(
            panels.iter().flat_map(|(_, y)| y).copied().filter(|y| y.is_finite()).map(f64::from),
        );
        for (index, (temperature, y)) in panels.iter().enumerate() {
            let corner = (FIRST.0 + STEP * index as i32, FIRST.1);
            let heading = format!("temperature {temperature}");
            canvas.text(&heading, text_style(15, FontStyle::Bold, BLACK), (corner.0, corner.1 - 16), LEFT)?;
            ticks(&canvas, corner, &scale)?;
            bars(&canvas, corner, y, &scale)?;
        }
        canvas.text(source, text_style(12, FontStyle::Normal, QUIET), (FIRST.0, SIZE.1 - 12), LEFT)?;
        canvas.area.present().map_err(failed)
    }
}

const LEFT: (HPos, VPos) = (HPos::Left, VPos::Center);

/// Where a value is in a panel that begins there, in units of the canvas.
fn height(scale: &Scale, top: i32, value: f64) -> i32 {
    SCALE * top + (f64::from(SCALE * PANEL.1) * (1.0 - scale.fraction(value))) as i32
}

/// A panel's lines, each with its number to the left.
fn ticks<DB: DrawingBackend>(canvas: &Canvas<DB>, (left, top): Place, scale: &Scale) -> Result<()> {
    for (value, text) in scale.ticks() {
        let y = height(scale, top, value);
        canvas.thin([(SCALE * left, y), (SCALE * (left + PANEL.0), y)], GRID, SCALE)?;
        let style = text_style(10, FontStyle::Normal, QUIET);
        canvas.text(&text, style, (left - 6, y / SCALE), (HPos::Right, VPos::Center))?;
    }
    Ok(())
}

/// A panel's bars, each from 0 on, with its logit and its value below.
fn bars<DB: DrawingBackend>(canvas: &Canvas<DB>, (left, top): Place, y: &[f32], scale: &Scale) -> Result<()> {
    let step = PANEL.0 / y.len() as i32;
    let zero = height(scale, top, 0.0);
    // Logarithms are wider than probabilities, and the room is the same.
    let digits = if scale.from < -1.0 { 1 } else { 2 };
    for ((index, y), x) in (0..).zip(y).zip(LOGITS) {
        let begin = left + step * index;
        let middle = begin + step / 2;
        if y.is_finite() {
            let end = height(scale, top, (*y).into());
            let corners = [(SCALE * (begin + 3), zero.min(end)), (SCALE * (begin + step - 3), zero.max(end))];
            canvas.element(&Rectangle::new(corners, BAR.filled()))?;
        }
        let below = (HPos::Center, VPos::Center);
        let style = || text_style(10, FontStyle::Normal, QUIET);
        canvas.text(&number(x, 1), style(), (middle, top + PANEL.1 + 12), below)?;
        canvas.text(&number(*y, digits), style(), (middle, top + PANEL.1 + 28), below)?;
    }
    Ok(())
}

/// With so many digits after the point, in as little room as there is.
fn number(value: f32, digits: usize) -> String {
    let text = match value {
        f32::NEG_INFINITY => "-inf".to_owned(),
        value => format!("{value:.digits$}"),
    };
    text.replace('-', "\u{2212}")
}
