//! A figure of measured errors over x, of several libraries: docs/images/errors has such a file, and what measured it.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use plotters::backend::SVGBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::element::Rectangle;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{BLACK, Color, FontStyle, RGBColor, TextStyle, WHITE};

use super::axis::Axis;
use super::draw::{Canvas, Dash, GRID, Pen, Place, QUIET, SCALE, document, failed, text_style};

const WIDTH: i32 = 1040;
const MARGIN: i32 = 20;
/// Title, legend and the first panels' headings.
const TOP: i32 = 128;
/// A panel, and from one to the next.
const PANEL: (i32, i32) = (212, 190);
const STEP: (i32, i32) = (248, 258);
/// Left of the first panel, for the ticks' numbers.
const GUTTER: i32 = 62;
const FOOT: i32 = 20;

/// The errors that are shown, in ULP: below the first is drawn at it; at the last, no digit is right.
const LEAST: f64 = 0.25;
const MOST: f64 = 16_777_216.0;

const LOST: RGBColor = RGBColor(253, 236, 226);
/// Of Okabe and Ito's palette, with dashes of its own each: the first library is drawn last, above the others.
const LINES: [(RGBColor, Dash); 4] = [
    (RGBColor(0, 114, 178), None),
    (RGBColor(213, 94, 0), None),
    (RGBColor(0, 158, 115), Some((10, 4))),
    (BLACK, Some((2, 4))),
];

/// A file of errors: `function,direction,x,LIBRARY,...`, and lines of remarks that begin with `#`.
#[derive(Debug)]
pub(super) struct Errors {
    libraries: Vec<String>,
    remarks: Vec<String>,
    panels: Vec<Panel>,
}

/// One function in one direction.
#[derive(Debug)]
struct Panel {
    title: String,
    x: Vec<f64>,
    /// For each library; none where it has no such function.
    ulp: Vec<Vec<Option<f64>>>,
}

impl Errors {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = || format!("cannot read {}", path.display());
        let text = std::fs::read_to_string(path).with_context(shown)?;
        Self::parse(&text).with_context(shown)
    }

    fn parse(text: &str) -> Result<Self> {
        let is_remark = |line: &&str| line.starts_with('#');
        let remarks = text
            .lines()
            .filter(is_remark)
            .map(|line| line.trim_start_matches(['#', ' ']).to_owned())
            .collect();
        let mut lines = text.lines().filter(|line| !is_remark(line));
        let titles = lines.next().and_then(|titles| titles.strip_prefix("function,direction,x,"));
        let titles = titles.context("its titles are not function,direction,x,LIBRARY,...")?;
        let libraries: Vec<String> = titles.split(',').map(str::to_owned).collect();
        ensure!(libraries.len() <= LINES.len(), "more than {} libraries", LINES.len());
        let mut panels: Vec<Panel> = Vec::new();
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            let [function, direction, x, ulp @ ..] = &fields[..] else { bail!("a line is short: {line}") };
            ensure!(ulp.len() == libraries.len(), "{} errors, not {}: {line}", ulp.len(), libraries.len());
            let title = format!("{function}, {direction}");
            if panels.last().is_none_or(|panel| panel.title != title) {
                panels.push(Panel { title, x: Vec::new(), ulp: vec![Vec::new(); libraries.len()] });
            }
            let number =
                |text: &str| text.parse::<f64>().map_err(|_| anyhow!("{text:?} is no number: {line}"));
            let panel = panels.last_mut().context("no panel")?;
            panel.x.push(number(x)?);
            for (all, text) in panel.ulp.iter_mut().zip(ulp) {
                all.push(if text.is_empty() { None } else { Some(number(text)?) });
            }
        }
        ensure!(panels.iter().all(|panel| panel.x.len() > 1), "a function has one x");
        ensure!(!panels.is_empty(), "it has no errors");
        Ok(Self { libraries, remarks, panels })
    }

    /// Forward above, backward below.
    pub(super) fn svg(&self) -> Result<Vec<u8>> {
        let rows = self.panels.len().div_ceil(COLUMNS) as i32;
        let remarks = 18 * self.remarks.len() as i32;
        let foot = TOP + STEP.1 * rows;
        document((WIDTH, foot + remarks + FOOT), |backend| {
            self.draw(&Canvas { area: backend.into_drawing_area(), sink: 0.0 }, foot)
        })
    }

    fn draw(&self, canvas: &Canvas<SVGBackend<'_>>, foot: i32) -> Result<()> {
        canvas.area.fill(&WHITE).map_err(failed)?;
        canvas.text("Where f32 results lose their digits", style(22, true, BLACK), (MARGIN, 26), LEFT)?;
        let told = "The largest error around each x, in units in the last place (ULP) of the exact result. In the shaded band no digit is right.";
        canvas.text(told, style(14, false, BLACK), (MARGIN, 54), LEFT)?;
        let mut x = MARGIN;
        for (library, line) in self.libraries.iter().zip(LINES) {
            canvas.line(&[(x, 82), (x + 40, 82)].map(scaled), pen(line))?;
            canvas.text(library, style(14, false, BLACK), (x + 48, 82), LEFT)?;
            x += 90 + 8 * library.chars().count() as i32;
        }
        // The file has a function's directions one after the other.
        for (index, panel) in self.panels.iter().enumerate() {
            let (column, row) = (index / ROWS % COLUMNS, index % ROWS + index / (ROWS * COLUMNS) * ROWS);
            let corner = (GUTTER + STEP.0 * column as i32, TOP + STEP.1 * row as i32);
            Frame { canvas, panel, corner }.draw()?;
        }
        for (remark, y) in self.remarks.iter().zip((foot..).step_by(18)) {
            canvas.text(remark, style(12, false, QUIET), (MARGIN, y), LEFT)?;
        }
        canvas.area.present().map_err(failed)
    }
}

/// Four functions side by side, in two directions.
const COLUMNS: usize = 4;
const ROWS: usize = 2;

const LEFT: (HPos, VPos) = (HPos::Left, VPos::Center);

fn scaled((x, y): Place) -> Place {
    (SCALE * x, SCALE * y)
}

/// Of a library's curve.
fn pen((color, dash): (RGBColor, Dash)) -> Pen {
    Pen { color, dash, after: 0 }
}

/// Text of this size, bold or not.
fn style(size: i32, bold: bool, color: RGBColor) -> TextStyle<'static> {
    text_style(size, if bold { FontStyle::Bold } else { FontStyle::Normal }, color)
}

/// A panel at its place.
struct Frame<'a, 'b> {
    canvas: &'a Canvas<SVGBackend<'b>>,
    panel: &'a Panel,
    corner: Place,
}

impl Frame<'_, '_> {
    fn draw(&self) -> Result<()> {
        let (left, top) = self.corner;
        let (right, bottom) = (left + PANEL.0, top + PANEL.1);
        self.canvas.text(&self.panel.title, style(15, true, BLACK), (left, top - 14), LEFT)?;
        let band = [scaled((left, top)), scaled((right, self.y(MOST / 2.0) / SCALE))];
        self.canvas.element(&Rectangle::new(band, LOST.filled()))?;
        for power in 0..=7 {
            let y = self.y(10f64.powi(power)) / SCALE;
            self.canvas.thin([(left, y), (right, y)].map(scaled), GRID, SCALE)?;
            let text = match power {
                0 => "1".to_owned(),
                1 => "10".to_owned(),
                2 => "100".to_owned(),
                power => format!("1e{power}"),
            };
            self.canvas.text(&text, style(12, false, QUIET), (left - 6, y), (HPos::Right, VPos::Center))?;
        }
        for (x, text) in self.ticks() {
            let x = self.x(x) / SCALE;
            self.canvas.thin([(x, top), (x, bottom)].map(scaled), GRID, SCALE)?;
            self.canvas.text(
                &text,
                style(12, false, QUIET),
                (x, bottom + 12),
                (HPos::Center, VPos::Center),
            )?;
        }
        self.canvas.text("x", style(13, true, BLACK), (right, bottom + 30), (HPos::Right, VPos::Center))?;
        for (ulp, line) in self.panel.ulp.iter().zip(LINES).rev() {
            let at = |(x, ulp): (&f64, &Option<f64>)| Some((self.x(*x), self.y((*ulp)?)));
            let points: Vec<Place> = self.panel.x.iter().zip(ulp).filter_map(at).collect();
            if points.len() > 1 {
                self.canvas.line(&points, pen(line))?;
            }
        }
        Ok(())
    }

    /// Positive x of several magnitudes.
    fn is_log(&self) -> bool {
        let Range { start, end } = self.interval();
        start > 0.0 && end > 1e3 * start
    }

    fn interval(&self) -> Range<f64> {
        let x = &self.panel.x;
        x.iter().copied().fold(f64::INFINITY, f64::min)..x.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let Range { start, end } = self.interval();
        if !self.is_log() {
            return Axis { from: start, to: end }.ticks();
        }
        let (first, last) = (start.log10().ceil() as i32, end.log10().floor() as i32);
        let text = |power: i32| format!("1e{power}").replace('-', "\u{2212}");
        (first..=last).filter(|power| power % 3 == 0).map(|power| (10f64.powi(power), text(power))).collect()
    }

    /// In canvas units.
    fn x(&self, x: f64) -> i32 {
        let Range { start, end } = self.interval();
        let part =
            if self.is_log() { (x / start).ln() / (end / start).ln() } else { (x - start) / (end - start) };
        SCALE * self.corner.0 + (f64::from(SCALE * PANEL.0) * part).round() as i32
    }

    /// In canvas units.
    fn y(&self, ulp: f64) -> i32 {
        let part = (ulp.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln();
        SCALE * (self.corner.1 + PANEL.1) - (f64::from(SCALE * PANEL.1) * part).round() as i32
    }
}
