//! Figures as SVG, and their numbers as CSV.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(crate) struct Figure {
    pub(crate) title: String,
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
    pub(crate) scale: Scale,
    pub(crate) curves: Vec<Curve>,
}

pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) note: String,
    pub(crate) points: Vec<(f64, f64)>,
}

#[derive(Clone, Copy)]
pub(crate) enum Scale {
    Linear,
    /// Of the powers of ten.
    Logarithmic,
}

/// Okabe and Ito's colours, which can be told apart without colour vision, each with a marker of its own besides.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
    RGBColor(230, 159, 0),
];

const GRID: RGBColor = RGBColor(226, 226, 226);

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

const SIZE: (u32, u32) = (860, 460);
const LEGEND_WIDTH: u32 = 210;
/// Text is measured in a font that is compiled in; whoever shows the figure may take another one.
const FONT: &str = "sans-serif";
const FONT_FILE: &[u8] = include_bytes!("../../cli/src/commands/plot/fonts/DejaVuSans.ttf");
const TEXT: u32 = 16;

impl Figure {
    /// Writes `NAME.svg` and `NAME.csv`.
    pub(crate) fn save(&self, folder: &Path, name: &str) -> Result<()> {
        let csv = folder.join(format!("{name}.csv"));
        fs::write(&csv, self.csv()).with_context(|| format!("cannot write {}", csv.display()))?;
        register_font(FONT, FontStyle::Normal, FONT_FILE).map_err(|_| anyhow!("the font cannot be read"))?;
        let mut svg = String::new();
        self.draw(&mut svg).map_err(|error| anyhow!("cannot draw {name}: {error}"))?;
        let path = folder.join(format!("{name}.svg"));
        fs::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))
    }

    /// A column of x, and one for each curve.
    fn csv(&self) -> String {
        let mut text = format!("\"{}\"", self.x);
        for curve in &self.curves {
            let _ = write!(text, ",\"{}\"", curve.name);
        }
        text.push('\n');
        let first = self.curves.first().map_or(&[][..], |curve| &curve.points);
        for (row, (x, _)) in first.iter().enumerate() {
            let _ = write!(text, "{x}");
            for curve in &self.curves {
                let _ = write!(text, ",{:e}", curve.points[row].1);
            }
            text.push('\n');
        }
        text
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (chart, legend) = root.split_horizontally(SIZE.0 - LEGEND_WIDTH);
        self.draw_chart(&chart).map_err(|error| error.to_string())?;
        self.draw_legend(&legend).map_err(|error| error.to_string())?;
        root.present().map_err(|error| error.to_string())?;
        Ok(())
    }

    fn draw_chart<'a>(&self, area: &Area<'a>) -> Drawn<'a> {
        let (x_range, y_range) = self.ranges();
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, TEXT + 2))
            .margin(12)
            .x_label_area_size(46)
            .y_label_area_size(76)
            .build_cartesian_2d(x_range, y_range)?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .label_style((FONT, TEXT - 2))
            .axis_desc_style((FONT, TEXT))
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| self.scale.label(*y))
            .bold_line_style(GRID)
            .y_max_light_lines(1)
            .x_max_light_lines(1)
            .draw()?;
        for (index, curve) in self.curves.iter().enumerate() {
            let points: Vec<(f64, f64)> =
                curve.points.iter().map(|&(x, y)| (x, self.scale.place(y))).collect();
            let colour = COLOURS[index % COLOURS.len()];
            chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
            // By turns, so that curves that lie on each other can still be told apart.
            let marked = points.into_iter().skip(index).step_by(self.curves.len());
            chart.draw_series(marked.map(|point| EmptyElement::at(point) + marker(index)))?;
        }
        Ok(())
    }

    /// Whole numbers on both axes; y from 0, or in whole powers of ten.
    fn ranges(&self) -> (std::ops::Range<f64>, std::ops::Range<f64>) {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let fold = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let (left, right) = fold(&mut points().map(|(x, _)| *x));
        let (low, high) = fold(&mut points().map(|(_, y)| self.scale.place(*y)));
        let y = match self.scale {
            Scale::Linear => 0.0..(1.1 * high).max(1.0),
            Scale::Logarithmic => low.floor()..high.ceil(),
        };
        (left - 0.3..right + 0.3, y)
    }

    fn draw_legend<'a>(&self, area: &Area<'a>) -> Drawn<'a> {
        for (index, curve) in self.curves.iter().enumerate() {
            let y = 70 + 54 * index as i32;
            let colour = COLOURS[index % COLOURS.len()];
            area.draw(&PathElement::new(vec![(0, y), (32, y)], colour.stroke_width(2)))?;
            area.draw(&(EmptyElement::at((16, y)) + marker(index)))?;
            let style = TextStyle::from((FONT, TEXT)).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(curve.name.clone(), (42, y), style))?;
            let small = TextStyle::from((FONT, TEXT - 3)).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(curve.note.clone(), (42, y + 20), small))?;
        }
        Ok(())
    }
}

impl Scale {
    /// Where a value lies on the axis. Nothing is below 1e-45, the smallest f32 of all.
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic => value.max(1e-45).log10(),
        }
    }

    fn label(self, place: f64) -> String {
        match self {
            Self::Linear => format!("{place:.0}"),
            Self::Logarithmic => format!("1e{place:.0}"),
        }
    }
}

/// The outline of a curve's marker around its point, in pixels: each curve has another shape.
fn marker(index: usize) -> Polygon<(i32, i32)> {
    let polygon = |corners: usize, turn: f64, radius: f64| {
        let corner = |corner: usize| {
            let angle = std::f64::consts::TAU * (corner as f64 / corners as f64 + turn);
            ((radius * angle.cos()).round() as i32, (radius * angle.sin()).round() as i32)
        };
        (0..corners).map(corner).collect::<Vec<_>>()
    };
    let (index, colour) = (index % COLOURS.len(), COLOURS[index % COLOURS.len()]);
    let outline = match index {
        0 => polygon(16, 0.0, 4.5),  // a disc
        1 => polygon(3, -0.25, 6.5), // a triangle
        2 => polygon(4, 0.125, 6.0), // a square
        3 => polygon(4, 0.0, 6.5),   // a diamond
        4 => polygon(3, 0.25, 6.5),  // a triangle that stands on its corner
        _ => polygon(5, -0.25, 6.0), // a pentagon
    };
    Polygon::new(outline, colour.filled())
}
