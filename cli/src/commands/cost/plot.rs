//! The report's picture: how many times as long as a copy each kernel takes on each card, and what formulas save as one kernel.

use anyhow::{Context, Result};
use measure::cost::{Card, Fused, Report, Row};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wgpu_activations::{Gate, Storage};

const QUIET: RGBColor = RGBColor(90, 90, 90);
/// From where arithmetic is free to where it takes more than twice as long as memory. Cells above 1 hold their number, too.
const SHADES: [(f64, RGBColor, &str); 5] = [
    (0.5, RGBColor(222, 240, 229), "arithmetic takes half of memory's time, or less"),
    (1.0, RGBColor(186, 225, 201), "up to all of it: free, too"),
    (1.5, RGBColor(255, 232, 170), "up to 1.5 times a copy"),
    (2.0, RGBColor(253, 200, 130), "up to 2"),
    (f64::INFINITY, RGBColor(244, 150, 120), "more"),
];
const SEVERAL: RGBColor = RGBColor(213, 94, 0);
const ONE: RGBColor = RGBColor(0, 114, 178);

const WIDTH: i32 = 1000;
/// Where names end, and the panels' left edges.
const NAMES: i32 = 128;
const PANELS: [i32; 2] = [138, 568];
/// A cell, and the room between storages.
const CELL: (i32, i32) = (34, 18);
const GAP: i32 = 4;
/// The height of title and legend, of the columns' headings, of the room before gates.
const TOP: i32 = 112;
const HEADING: i32 = 62;
const BETWEEN: i32 = 30;
/// The height of a formula's bars with their heading, and of what stands above the first.
const FORMULA: i32 = 62;
const FORMULAS: i32 = 112;
/// The bars: where they begin, and how long one tensor's copy is.
const BARS: i32 = 20;
const COPY: i32 = 90;
/// The bars' card, and where the factors of all of them stand.
const BARS_CARD: usize = 2;
const TIMES: i32 = 640;

/// A row of cells: kernels of one function, forward and backward.
struct Line<'a> {
    name: &'static str,
    kernels: [Vec<&'a Row>; 2],
}

impl<'a> Line<'a> {
    fn new(report: &'a Report, name: &'static str, kernel: &str, directions: [&str; 2]) -> Self {
        let of = |direction: &str| {
            report.kernels.iter().filter(|row| row.name == kernel && row.direction == direction).collect()
        };
        Self { name, kernels: directions.map(of) }
    }

    /// Of all its cells.
    fn sum(&self) -> f64 {
        let fractions = self.kernels.iter().flatten().flat_map(|row| &row.fractions);
        fractions.map(|fraction| fraction.of_memory_time).sum()
    }
}

fn sorted<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<Line<'a>> {
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by(|a, b| b.sum().total_cmp(&a.sum()));
    lines
}

/// The SVG.
pub(super) fn render(report: &Report) -> Result<String> {
    let one = |row: &&Row| row.direction == "forward" && row.storage == Storage::F32;
    let activations = report.kernels.iter().filter(one);
    let activations = activations.map(|row| Line::new(report, row.name, row.name, ["forward", "backward"]));
    let gates = Gate::NAMED.iter().map(|named| {
        Line::new(report, named.name, named.gate.kind().name(), ["gated_forward", "gated_backward"])
    });
    let mut svg = String::new();
    draw(report, &sorted(activations), &sorted(gates), &mut svg).context("the picture cannot be drawn")?;
    Ok(svg)
}

fn draw(report: &Report, activations: &[Line<'_>], gates: &[Line<'_>], svg: &mut String) -> Result<()> {
    let fused = report.fused();
    let lines = CELL.1 * i32::try_from(activations.len() + gates.len())? + BETWEEN;
    let bottom = TOP + HEADING + lines;
    let height = bottom + FORMULAS + FORMULA * i32::try_from(fused.len())?;
    let root = SVGBackend::with_string(svg, (WIDTH as u32, height as u32)).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    let canvas = Canvas { root: &root, report };
    canvas.title()?;
    canvas.legend()?;
    for (left, direction) in PANELS.into_iter().zip(["forward", "backward"]) {
        canvas.heading(left, direction)?;
    }
    let mut y = TOP + HEADING;
    for line in activations {
        canvas.line(line, y)?;
        y += CELL.1;
    }
    canvas.text("gates", (NAMES, y + BETWEEN / 2), 14, HPos::Right, &QUIET)?;
    y += BETWEEN;
    for line in gates {
        canvas.line(line, y)?;
        y += CELL.1;
    }
    canvas.formulas(&fused, bottom)?;
    root.present().map_err(failed)
}

/// plotters' errors borrow what is drawn on.
fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

/// `UHD 770` of `integrated (UHD 770)` is what few would look for.
fn name(card: &Card) -> &str {
    card.name.split(" (").next().unwrap_or(card.name)
}

struct Canvas<'a, 'b> {
    root: &'a DrawingArea<SVGBackend<'b>, Shift>,
    report: &'a Report,
}

impl Canvas<'_, '_> {
    fn text(&self, text: &str, at: (i32, i32), size: i32, horizontal: HPos, color: &RGBColor) -> Result<()> {
        let style = TextStyle::from(("sans-serif", size).into_font())
            .color(color)
            .pos(Pos::new(horizontal, VPos::Center));
        self.root.draw_text(text, &style, at).map_err(failed)
    }

    fn left(&self, text: &str, at: (i32, i32), size: i32) -> Result<()> {
        self.text(text, at, size, HPos::Left, &BLACK)
    }

    fn bar(&self, (left, top): (i32, i32), (width, height): (i32, i32), color: RGBColor) -> Result<()> {
        let corners = [(left, top), (left + width, top + height)];
        self.root.draw(&Rectangle::new(corners, color.filled())).map_err(failed)
    }

    fn title(&self) -> Result<()> {
        self.left("Which activation costs what on which card?", (16, 24), 21)?;
        let how = format!("Compiled, not run ({}, code for RDNA 2 and 3)", self.report.driver);
        self.text(&how, (WIDTH - 18, 24), 13, HPos::Right, &QUIET)?;
        self.left(
            "Green: as fast as a copy of the same tensors, since arithmetic runs while memory moves them. A number: so many times as long as the copy.",
            (16, 52),
            14,
        )
    }

    fn legend(&self) -> Result<()> {
        let mut x = 16;
        for (_, color, text) in SHADES {
            self.bar((x, 76), (22, 14), color)?;
            self.left(text, (x + 28, 83), 13)?;
            x += 46 + 13 * i32::try_from(text.len())? / 2;
        }
        Ok(())
    }

    /// A panel's direction, storages and cards.
    fn heading(&self, left: i32, direction: &str) -> Result<()> {
        self.left(direction, (left, TOP + 8), 17)?;
        for (storage, at) in Storage::ALL.iter().enumerate() {
            let x = self.cell(left, storage, 0);
            self.left(at.name(), (x + 2, TOP + 31), 14)?;
            for (card, of) in self.report.cards.iter().enumerate() {
                let middle = self.cell(left, storage, card) + CELL.0 / 2;
                self.text(of.short, (middle, TOP + 50), 11, HPos::Center, &QUIET)?;
            }
        }
        Ok(())
    }

    /// The left edge of a cell.
    fn cell(&self, left: i32, storage: usize, card: usize) -> i32 {
        let before = storage * self.report.cards.len() + card;
        left + CELL.0 * before as i32 + GAP * storage as i32
    }

    fn line(&self, line: &Line<'_>, y: i32) -> Result<()> {
        let middle = y + CELL.1 / 2;
        self.text(line.name, (NAMES, middle), 13, HPos::Right, &BLACK)?;
        for (left, kernels) in PANELS.into_iter().zip(&line.kernels) {
            for row in kernels {
                let storage =
                    Storage::ALL.iter().position(|storage| *storage == row.storage).unwrap_or_default();
                for (card, fraction) in row.fractions.iter().enumerate() {
                    let times = fraction.of_memory_time;
                    let color =
                        SHADES.iter().find(|(most, ..)| times <= *most).map_or(WHITE, |shade| shade.1);
                    let x = self.cell(left, storage, card);
                    self.bar((x, y), (CELL.0 - 1, CELL.1 - 1), color)?;
                    if times > 1.0 {
                        self.text(
                            &format!("{times:.1}"),
                            (x + CELL.0 / 2, middle),
                            12,
                            HPos::Center,
                            &BLACK,
                        )?;
                    }
                }
            }
        }
        Ok(())
    }

    fn formulas(&self, fused: &[Fused<'_>], top: i32) -> Result<()> {
        let Some(card) = self.report.cards.get(BARS_CARD).filter(|_| !fused.is_empty()) else {
            return Ok(());
        };
        self.left("What does one kernel for a formula save?", (16, top + 44), 21)?;
        let told = format!(
            "Time on {} in f32: a kernel for each operation, and one for all. 1 is a copy of one tensor.",
            name(card)
        );
        self.left(&told, (16, top + 72), 14)?;
        self.left("Times as fast", (TIMES, top + 72), 14)?;
        for (index, of) in self.report.cards.iter().enumerate() {
            self.text(name(of), self.times(index, top + 96), 13, HPos::Left, &QUIET)?;
        }
        for (formula, y) in fused.iter().zip((top + FORMULAS..).step_by(FORMULA as usize)) {
            self.formula(formula, y)?;
        }
        Ok(())
    }

    fn times(&self, card: usize, y: i32) -> (i32, i32) {
        (TIMES + 90 * card as i32, y)
    }

    fn formula(&self, fused: &Fused<'_>, y: i32) -> Result<()> {
        self.left(fused.text, (BARS, y), 14)?;
        // As one reads and one writes 4 bytes of an element.
        let copies = |row: &Row| row.time(BARS_CARD) / 8.0;
        let length = |row: &Row| (copies(row) * f64::from(COPY)).round() as i32;
        let mut x = BARS;
        for step in &fused.steps {
            self.bar((x, y + 11), (length(step) - 2, 13), SEVERAL)?;
            x += length(step);
        }
        let all: f64 = fused.steps.iter().map(|step| copies(step)).sum();
        self.left(&format!("{all:.1}, {} kernels", fused.steps.len()), (x + 6, y + 17), 12)?;
        self.bar((BARS, y + 27), (length(fused.whole) - 2, 13), ONE)?;
        let end = BARS + length(fused.whole) + 6;
        self.left(&format!("{:.1}, one", copies(fused.whole)), (end, y + 33), 12)?;
        for card in 0..self.report.cards.len() {
            self.text(
                &format!("{:.1}", fused.times(card)),
                self.times(card, y + 24),
                14,
                HPos::Left,
                &BLACK,
            )?;
        }
        Ok(())
    }
}
