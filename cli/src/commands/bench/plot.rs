//! The report's figure: what each activation takes, as a multiple of the copy kernel.

use anyhow::{Context, Result};
use measure::{Measurement, Report};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wgpu_activations::Storage;

use super::figures;
use crate::adapter;
use crate::terminal;

/// Of Okabe and Ito's palette, whose colours are told apart by those who see fewer; and the two marks differ in form.
const FORWARD: RGBColor = RGBColor(0, 114, 178);
const BACKWARD: RGBColor = RGBColor(213, 94, 0);
const PROMISE: RGBColor = RGBColor(130, 130, 130);
const GRID: RGBColor = RGBColor(222, 222, 222);

const WIDTH: i32 = 900;
/// Where the names end and the scale begins and ends.
const LEFT: i32 = 160;
const RIGHT: i32 = WIDTH - 40;
/// The height of title and legend.
const TOP: i32 = 92;
/// The height of each activation.
const ROW: i32 = 21;
/// The height of the scale's numbers.
const BOTTOM: i32 = 40;
const MARK: i32 = 5;

/// An activation's line.
struct Row<'a> {
    name: &'a str,
    forward: Option<&'a Measurement>,
    backward: Option<&'a Measurement>,
}

impl Row<'_> {
    fn of(&self, ratio: fn(&Measurement) -> f64) -> f64 {
        self.forward.into_iter().chain(self.backward).map(ratio).fold(0.0, f64::max)
    }
}

/// The SVG, of the largest f32 operands.
pub(super) fn render(report: &Report) -> Result<String> {
    let mut rows = rows(report);
    rows.sort_by(|a, b| {
        let ratio = |row: &Row<'_>| row.of(|result| result.ratio_to_copy_kernel);
        ratio(b).total_cmp(&ratio(a))
    });
    let mut svg = String::new();
    draw(report, &rows, &mut svg).context("the plot cannot be drawn")?;
    Ok(svg)
}

fn rows(report: &Report) -> Vec<Row<'_>> {
    let largest = figures::largest(report);
    let mut rows: Vec<Row<'_>> = Vec::new();
    let shown =
        report.results.iter().filter(|result| result.storage == Storage::F32 && result.elements == largest);
    for result in shown {
        let at = rows.iter().position(|row| row.name == result.activation).unwrap_or_else(|| {
            rows.push(Row { name: result.activation, forward: None, backward: None });
            rows.len() - 1
        });
        let row = &mut rows[at];
        *(if result.direction == "forward" { &mut row.forward } else { &mut row.backward }) = Some(result);
    }
    rows
}

fn draw(report: &Report, rows: &[Row<'_>], svg: &mut String) -> Result<()> {
    let height = TOP + ROW * i32::try_from(rows.len())? + BOTTOM;
    let root = SVGBackend::with_string(svg, (WIDTH as u32, height as u32)).into_drawing_area();
    root.fill(&WHITE).map_err(failed)?;
    let canvas = Canvas { root: &root, scale: Scale::up_to(rows), bottom: height - BOTTOM };
    canvas.title(report)?;
    canvas.legend()?;
    canvas.grid()?;
    for (row, y) in rows.iter().zip((TOP + ROW / 2..).step_by(ROW as usize)) {
        canvas.row(row, y)?;
    }
    root.present().map_err(failed)
}

/// plotters' errors borrow what is drawn on.
fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

/// From 0 to the largest ratio.
struct Scale {
    most: f64,
}

impl Scale {
    fn up_to(rows: &[Row<'_>]) -> Self {
        let shown =
            |result: &Measurement| result.ratio_to_copy_kernel.max(result.promised_ratio.unwrap_or(1.0));
        Self { most: rows.iter().map(|row| row.of(shown)).fold(1.0, f64::max) * 1.05 }
    }

    fn x(&self, ratio: f64) -> i32 {
        LEFT + (ratio / self.most * f64::from(RIGHT - LEFT)).round() as i32
    }

    /// Ten or fewer.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let step = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0].into_iter().find(|step| self.most / step <= 10.0);
        let step = step.unwrap_or(self.most / 10.0);
        let most = self.most;
        (0..).map(move |index| f64::from(index) * step).take_while(move |tick| *tick <= most)
    }
}

struct Canvas<'a, 'b> {
    root: &'a DrawingArea<SVGBackend<'b>, plotters::coord::Shift>,
    scale: Scale,
    bottom: i32,
}

impl Canvas<'_, '_> {
    fn text(&self, text: &str, at: (i32, i32), size: i32, horizontal: HPos) -> Result<()> {
        let style = TextStyle::from(("sans-serif", size).into_font())
            .color(&BLACK)
            .pos(Pos::new(horizontal, VPos::Center));
        self.root.draw_text(text, &style, at).map_err(failed)
    }

    fn line(&self, from: (i32, i32), to: (i32, i32), style: impl Into<ShapeStyle>) -> Result<()> {
        self.root.draw(&PathElement::new([from, to], style)).map_err(failed)
    }

    fn title(&self, report: &Report) -> Result<()> {
        let elements = terminal::thousands(figures::largest(report));
        let title = format!("Time for {elements} f32, as a multiple of the copy kernel's");
        self.text(&title, (16, 22), 19, HPos::Left)?;
        self.text(&adapter::describe(&report.adapter), (16, 46), 14, HPos::Left)
    }

    fn legend(&self) -> Result<()> {
        let y = 72;
        self.forward((LEFT, y))?;
        self.text("forward, to a copy", (LEFT + 12, y), 14, HPos::Left)?;
        self.backward((LEFT + 180, y))?;
        self.text("backward, to a copy of two inputs", (LEFT + 192, y), 14, HPos::Left)?;
        self.promise(LEFT + 450, y)?;
        self.text("promised", (LEFT + 460, y), 14, HPos::Left)
    }

    fn grid(&self) -> Result<()> {
        for tick in self.scale.ticks() {
            let x = self.scale.x(tick);
            self.line((x, TOP), (x, self.bottom), GRID)?;
            self.text(&format!("{tick:.1}"), (x, self.bottom + 16), 14, HPos::Center)?;
        }
        let copy = self.scale.x(1.0);
        self.line((copy, TOP), (copy, self.bottom), BLACK)
    }

    fn row(&self, row: &Row<'_>, y: i32) -> Result<()> {
        self.text(row.name, (LEFT - 12, y), 14, HPos::Right)?;
        self.line((LEFT, y), (RIGHT, y), GRID)?;
        let promised = row.forward.or(row.backward).and_then(|result| result.promised_ratio);
        if let Some(promised) = promised {
            self.promise(self.scale.x(promised), y)?;
        }
        let place = |result: &Measurement| (self.scale.x(result.ratio_to_copy_kernel), y);
        row.backward.map_or(Ok(()), |result| self.backward(place(result)))?;
        row.forward.map_or(Ok(()), |result| self.forward(place(result)))
    }

    fn forward(&self, at: (i32, i32)) -> Result<()> {
        self.root.draw(&Circle::new(at, MARK, FORWARD.filled())).map_err(failed)
    }

    /// Hollow, so that both are seen where they coincide.
    fn backward(&self, (x, y): (i32, i32)) -> Result<()> {
        let reach = MARK + 2;
        let corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y), (x, y - reach)];
        self.root.draw(&PathElement::new(corners, BACKWARD.stroke_width(2))).map_err(failed)
    }

    fn promise(&self, x: i32, y: i32) -> Result<()> {
        self.line((x, y - ROW / 2 + 2), (x, y + ROW / 2 - 2), PROMISE.stroke_width(2))
    }
}
