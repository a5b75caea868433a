//! The report's picture: where each kernel stands between what memory and what arithmetic takes, for every card at once.
//!
//! A card's memory takes as long for a byte as this much cost, whatever the kernel: so costs are drawn for each byte that a kernel
//! moves, and a card is a line.

use anyhow::{Context, Result};
use measure::cost::{Card, Report, Row};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wgpu_activations::{Gate, Storage};

/// Of Okabe and Ito's palette, whose colours are told apart by those who see fewer; and the marks differ in form.
const COLORS: [RGBColor; 3] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115)];
const GRID: RGBColor = RGBColor(214, 214, 214);
const QUIET: RGBColor = RGBColor(90, 90, 90);
/// From "arithmetic is free on every card" to "memory waits on every card".
const ZONES: [RGBColor; 5] = [
    RGBColor(232, 245, 236),
    RGBColor(248, 247, 226),
    RGBColor(253, 240, 214),
    RGBColor(253, 230, 204),
    RGBColor(250, 216, 196),
];

const WIDTH: i32 = 1000;
/// Where names end, and the panels' left and right edges.
const NAMES: i32 = 136;
const PANELS: [(i32, i32); 2] = [(146, 556), (572, 982)];
/// The height of title and legend, of a panel's heading, of a kernel, of the room before gates, of the scale.
const TOP: i32 = 128;
const HEADING: i32 = 74;
const ROW: i32 = 19;
const GAP: i32 = 34;
const BOTTOM: i32 = 56;
const MARK: i32 = 4;

/// The costs of a byte that the scale shows.
const LEAST: f64 = 0.7;
const MOST: f64 = 96.0;

/// A line of the picture: kernels of one function, forward and backward.
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

    fn most(&self) -> f64 {
        self.kernels.iter().flatten().map(|row| for_a_byte(row)).fold(0.0, f64::max)
    }
}

/// A kernel's cost on the first family, for each byte that it moves.
fn for_a_byte(row: &Row) -> f64 {
    row.costs.first().map_or(0.0, |cost| cost.cost / row.bytes as f64)
}

fn sorted<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<Line<'a>> {
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by(|a, b| b.most().total_cmp(&a.most()));
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
    let lines = i32::try_from(activations.len() + gates.len())?;
    let bottom = TOP + HEADING + ROW * lines + GAP;
    let root = SVGBackend::with_string(svg, (WIDTH as u32, (bottom + BOTTOM) as u32)).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    let canvas = Canvas { root: &root, report, bottom };
    canvas.title()?;
    canvas.legend()?;
    for (panel, direction) in PANELS.into_iter().zip(["forward", "backward"]) {
        canvas.panel(panel, direction)?;
    }
    let mut y = TOP + HEADING + ROW / 2;
    for line in activations {
        canvas.line(line, y)?;
        y += ROW;
    }
    canvas.text("gates", (NAMES, y + GAP / 2 - 8), 14, HPos::Right, &QUIET)?;
    y += GAP;
    for line in gates {
        canvas.line(line, y)?;
        y += ROW;
    }
    root.present().map_err(failed)
}

/// plotters' errors borrow what is drawn on.
fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

/// The place of a cost in a panel, whose scale is logarithmic.
fn place((left, right): (i32, i32), cost: f64) -> i32 {
    let part = (cost / LEAST).ln() / (MOST / LEAST).ln();
    left + (part.clamp(0.0, 1.0) * f64::from(right - left)).round() as i32
}

struct Canvas<'a, 'b> {
    root: &'a DrawingArea<SVGBackend<'b>, Shift>,
    report: &'a Report,
    bottom: i32,
}

impl Canvas<'_, '_> {
    fn text(&self, text: &str, at: (i32, i32), size: i32, horizontal: HPos, color: &RGBColor) -> Result<()> {
        let style = TextStyle::from(("sans-serif", size).into_font())
            .color(color)
            .pos(Pos::new(horizontal, VPos::Center));
        self.root.draw_text(text, &style, at).map_err(failed)
    }

    fn stroke(&self, from: (i32, i32), to: (i32, i32), style: impl Into<ShapeStyle>) -> Result<()> {
        self.root.draw(&PathElement::new([from, to], style)).map_err(failed)
    }

    fn title(&self) -> Result<()> {
        let how = format!("Compiled, not run ({}, code for RDNA 2)", self.report.driver);
        self.text(
            "Does a kernel wait for memory, or memory for the kernel?",
            (16, 24),
            21,
            HPos::Left,
            &BLACK,
        )?;
        self.text(&how, (WIDTH - 18, 24), 13, HPos::Right, &QUIET)?;
        let told = [
            "Each mark is a kernel: the arithmetic it does for each byte it moves. A line is a card: what it computes while its memory moves a byte.",
            "Left of a card's line the kernel is as fast as a copy there: its arithmetic is free. Right of the line, arithmetic is what takes the time.",
        ];
        for (line, y) in told.into_iter().zip([52, 71]) {
            self.text(line, (16, y), 14, HPos::Left, &BLACK)?;
        }
        Ok(())
    }

    fn legend(&self) -> Result<()> {
        for ((index, storage), x) in Storage::ALL.iter().enumerate().zip((PANELS[0].0 + 6..).step_by(74)) {
            self.mark(index, (x, 100))?;
            self.text(storage.name(), (x + 12, 100), 14, HPos::Left, &BLACK)?;
        }
        Ok(())
    }

    /// Zones, lines of cards and scale.
    fn panel(&self, panel: (i32, i32), direction: &str) -> Result<()> {
        let (left, right) = panel;
        let top = TOP + HEADING - 8;
        let mut cards: Vec<&Card> = self.report.cards.iter().collect();
        cards.sort_by(|a, b| a.memory(1).total_cmp(&b.memory(1)));
        let lines: Vec<i32> = cards.iter().map(|card| place(panel, card.memory(1))).collect();
        let edges: Vec<i32> = [&[left], &lines[..], &[right]].concat();
        for (zone, color) in edges.windows(2).zip(ZONES) {
            self.root
                .draw(&Rectangle::new([(zone[0], top), (zone[1], self.bottom)], color.filled()))
                .map_err(failed)?;
        }
        self.text(direction, (left, TOP + 2), 17, HPos::Left, &BLACK)?;
        self.text("arithmetic takes longer than memory →", (right, TOP + 4), 13, HPos::Right, &QUIET)?;
        self.text("← memory takes longer, on every card", (left, top - 12), 13, HPos::Left, &QUIET)?;
        // On two levels: two of the lines stand close together.
        for ((card, x), level) in cards.iter().zip(&lines).zip([1, 0, 1, 0]) {
            let y = top - 12 - 18 * level;
            self.stroke((*x, y + 8), (*x, self.bottom), BLACK.stroke_width(1))?;
            let name = card.name.split(" (").next().unwrap_or(card.name);
            // The last one beside the line before it.
            let (x, horizontal) = if level == 0 { (x - 24, HPos::Left) } else { (*x, HPos::Center) };
            self.text(name, (x, y), 13, horizontal, &BLACK)?;
        }
        for tick in (0..=6).map(|power| f64::from(1 << power)) {
            let x = place(panel, tick);
            self.stroke((x, self.bottom), (x, self.bottom + 4), QUIET)?;
            self.text(&format!("{tick}"), (x, self.bottom + 14), 13, HPos::Center, &BLACK)?;
        }
        let scale = "cost for each byte: cycles of a SIMD for a wave's 64 elements";
        self.text(scale, ((left + right) / 2, self.bottom + 36), 13, HPos::Center, &QUIET)
    }

    fn line(&self, line: &Line<'_>, y: i32) -> Result<()> {
        self.text(line.name, (NAMES, y), 14, HPos::Right, &BLACK)?;
        for (panel, kernels) in PANELS.into_iter().zip(&line.kernels) {
            self.stroke((panel.0, y), (panel.1, y), GRID)?;
            for row in kernels {
                let storage =
                    Storage::ALL.iter().position(|storage| *storage == row.storage).unwrap_or_default();
                self.mark(storage, (place(panel, for_a_byte(row)), y))?;
            }
        }
        Ok(())
    }

    /// A storage's mark: a disc, a diamond, a triangle.
    fn mark(&self, storage: usize, (x, y): (i32, i32)) -> Result<()> {
        let style = COLORS[storage].filled();
        match storage {
            0 => self.root.draw(&Circle::new((x, y), MARK, style)).map_err(failed),
            1 => {
                let reach = MARK + 2;
                let corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)];
                self.root.draw(&Polygon::new(corners, style)).map_err(failed)
            }
            _ => self.root.draw(&TriangleMarker::new((x, y), MARK + 2, style)).map_err(failed),
        }
    }
}
