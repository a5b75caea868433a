//! Draws a figure with plotters, as SVG or PNG, with a font that is compiled in: no system needs to have any.
//!
//! Both are drawn on a canvas of integer coordinates that is [`SCALE`] times as large as the figure: plotters knows no fractions of
//! a pixel. An SVG is then shown at the figure's size; a PNG is averaged down to twice that, which smooths its lines.

use anyhow::{Result, anyhow};
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, DashedPathElement, Drawable, PathElement, PointCollection};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    BLACK, Color, FontStyle, IntoTextStyle, RGBColor, ShapeStyle, TextStyle, WHITE, register_font,
};

use super::axis::Axis;
use super::curve::Point;
use super::figure::{Figure, Panel};
use super::simplify::simplify;

/// Canvas units in a unit of the figure.
pub(super) const SCALE: i32 = 4;
/// Canvas units in a pixel of a PNG.
const PNG_SCALE: u32 = 2;

/// Of a panel, with its part of the margins.
const COLUMN: i32 = 480;
const PANEL_HEIGHT: i32 = 340;
const MARGIN: i32 = 20;
/// Left of a panel, for the ticks' numbers.
const GUTTER: i32 = 56;
const TITLE: i32 = 24;
const TEXT: i32 = 16;
const TICK: i32 = 14;
const SOURCE: i32 = 12;
/// From one line of text to the next, in its size.
const LINE: f64 = 1.4;

pub(super) const GRID: RGBColor = RGBColor(226, 226, 226);
const AXES: RGBColor = RGBColor(90, 90, 90);
pub(super) const QUIET: RGBColor = RGBColor(95, 95, 95);

const FAMILY: &str = "sans-serif";

/// Solid, or dashes of this length and gaps.
pub(super) type Dash = Option<(i32, i32)>;

/// The colours of Okabe and Ito (2008), which all kinds of colour vision tell apart (but for their yellow, which white swallows), and
/// for print without colours a line of its own for each.
const STYLES: [(RGBColor, Dash); 7] = [
    (RGBColor(0, 114, 178), None),
    (RGBColor(213, 94, 0), Some((14, 6))),
    (RGBColor(0, 158, 115), Some((7, 4))),
    (BLACK, Some((2, 4))),
    (RGBColor(204, 121, 167), Some((22, 3))),
    (RGBColor(230, 159, 0), Some((10, 2))),
    (RGBColor(86, 180, 233), Some((4, 2))),
];

/// As many curves can be told apart.
pub(crate) const MOST_CURVES: usize = STYLES.len();

/// How one of several curves is drawn.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) color: RGBColor,
    pub(super) dash: Dash,
    /// How many curves are drawn after it: it is so much the wider, and shows on both sides where they cover it.
    pub(super) after: i32,
}

impl Pen {
    /// Those of a figure with so many curves.
    fn all(curves: usize) -> impl Iterator<Item = Self> {
        let pen = move |(index, &(color, dash)): (usize, &(RGBColor, Dash))| Self {
            color,
            dash,
            after: curves.saturating_sub(index + 1) as i32,
        };
        (0..curves).zip(STYLES.iter().cycle()).map(pen)
    }

    /// The line's, in canvas units.
    fn width(self) -> i32 {
        2 * SCALE + 2 * self.after
    }

    /// A mark's, in canvas units.
    fn radius(self) -> i32 {
        4 * SCALE + 2 * self.after
    }
}

/// The figure as an SVG document. Its texts are text, in the reader's own sans-serif font; room is left for a wide one.
pub(crate) fn svg(figure: &Figure) -> Result<Vec<u8>> {
    let layout = Layout::new(figure)?;
    document((layout.width, layout.height), |backend| layout.draw(figure, backend, 0.0))
}

/// An SVG document of this size, drawn on a canvas of as many units as there are.
pub(super) fn document(
    (width, height): (i32, i32),
    draw: impl FnOnce(SVGBackend<'_>) -> Result<()>,
) -> Result<Vec<u8>> {
    register_fonts()?;
    let (wide, high) = ((width * SCALE).unsigned_abs(), (height * SCALE).unsigned_abs());
    let mut document = String::new();
    draw(SVGBackend::with_string(&mut document, (wide, high)))?;
    let canvas = format!("width=\"{wide}\" height=\"{high}\"");
    let size = format!("width=\"{width}\" height=\"{height}\"");
    Ok(document.replacen(&canvas, &size, 1).into_bytes())
}

/// The figure as a PNG, at twice its size.
pub(crate) fn png(figure: &Figure) -> Result<Vec<u8>> {
    let layout = Layout::new(figure)?;
    bitmap((layout.width, layout.height), |backend, sink| layout.draw(figure, backend, sink))
}

/// A PNG of twice this size; drawing is told by how much text is to be set lower.
pub(super) fn bitmap(
    (width, height): (i32, i32),
    draw: impl FnOnce(BitMapBackend<'_>, f64) -> Result<()>,
) -> Result<Vec<u8>> {
    register_fonts()?;
    let (width, height) = ((width * SCALE).unsigned_abs(), (height * SCALE).unsigned_abs());
    let mut canvas = vec![0; 3 * (width * height) as usize];
    draw(BitMapBackend::with_buffer(&mut canvas, (width, height)), BITMAP_SINK)?;
    let (width, height) = (width / PNG_SCALE, height / PNG_SCALE);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&averaged(&canvas, width, height))?;
    Ok(file)
}

/// Each pixel is the mean of the canvas units that it covers.
fn averaged(canvas: &[u8], width: u32, height: u32) -> Vec<u8> {
    let unit = |x: u32, y: u32, channel: u32| {
        u32::from(canvas[((y * width * PNG_SCALE + x) * 3 + channel) as usize])
    };
    let mean = |x: u32, y: u32, channel: u32| {
        let rows = (0..PNG_SCALE).map(|row| y * PNG_SCALE + row);
        let sum: u32 = rows
            .map(|row| (0..PNG_SCALE).map(|column| unit(x * PNG_SCALE + column, row, channel)).sum::<u32>())
            .sum();
        (sum / (PNG_SCALE * PNG_SCALE)) as u8
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| [0, 1, 2].map(|channel| mean(x, y, channel))).collect()
}

fn register_fonts() -> Result<()> {
    let fonts: [(FontStyle, &'static [u8]); 2] = [
        (FontStyle::Normal, include_bytes!("fonts/DejaVuSans.ttf")),
        (FontStyle::Bold, include_bytes!("fonts/DejaVuSans-Bold.ttf")),
    ];
    for (style, font) in fonts {
        register_font(FAMILY, style, font)
            .map_err(|_| anyhow!("the font that is compiled in cannot be read"))?;
    }
    Ok(())
}

/// Where things are, in units of the figure.
struct Layout {
    /// Text with its size and the place of its top left corner.
    texts: Vec<(String, TextKind, (i32, i32))>,
    /// The samples of the legend: the place of each one's middle left.
    samples: Vec<(i32, i32)>,
    /// The upper edge of the panels.
    panels: i32,
    width: i32,
    height: i32,
}

#[derive(Clone, Copy)]
enum TextKind {
    Title,
    Formula,
    Legend,
    Source,
}

impl TextKind {
    fn size(self) -> i32 {
        match self {
            Self::Title => TITLE,
            Self::Formula | Self::Legend => TEXT,
            Self::Source => SOURCE,
        }
    }

    fn style(self) -> TextStyle<'static> {
        match self {
            Self::Title => text_style(TITLE, FontStyle::Bold, BLACK),
            Self::Formula | Self::Legend => text_style(TEXT, FontStyle::Normal, BLACK),
            Self::Source => text_style(SOURCE, FontStyle::Normal, QUIET),
        }
    }

    fn line(self) -> i32 {
        (LINE * f64::from(self.size())) as i32
    }

    /// In units of the figure.
    fn width(self, text: &str) -> i32 {
        let canvas = self.style().font.box_size(text).map_or(0, |(width, _)| width);
        canvas as i32 / SCALE + 1
    }

    /// Words in lines of at most this width, which a longer word has for itself.
    fn lines(self, text: &str, width: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => *line += &format!(" {word}"),
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

/// A line before a legend's text.
const SAMPLE: i32 = 44;
const SAMPLE_GAP: i32 = 8;
/// After a legend's text.
const LEGEND_GAP: i32 = 28;

impl Layout {
    fn new(figure: &Figure) -> Result<Self> {
        // Without its font, a text has no width.
        register_fonts()?;
        let width = COLUMN * figure.panels.len() as i32;
        let mut layout = Self { texts: Vec::new(), samples: Vec::new(), panels: 0, width, height: MARGIN };
        layout.paragraph(&figure.title, TextKind::Title);
        for line in &figure.lines {
            layout.paragraph(line, TextKind::Formula);
        }
        layout.legend(&figure.legend);
        layout.panels = layout.height + 38;
        layout.height = layout.panels + PANEL_HEIGHT + 54;
        if figure.has_kinks() {
            layout
                .paragraph("Dots: the value at a kink. Rings: limits that differ from it.", TextKind::Source);
        }
        layout.paragraph(&figure.source, TextKind::Source);
        layout.height += MARGIN - 8;
        Ok(layout)
    }

    /// In lines of the figure's width.
    fn paragraph(&mut self, text: &str, kind: TextKind) {
        for line in kind.lines(text, self.width - 2 * MARGIN) {
            self.texts.push((line, kind, (MARGIN, self.height)));
            self.height += kind.line();
        }
    }

    /// Entries side by side, as many as fit in a line; one that fits in none has several.
    fn legend(&mut self, entries: &[String]) {
        if entries.is_empty() {
            return;
        }
        let (kind, before) = (TextKind::Legend, SAMPLE + SAMPLE_GAP);
        self.height += kind.line() / 3;
        let mut x = MARGIN;
        for entry in entries {
            let lines = kind.lines(entry, self.width - 2 * MARGIN - before);
            let width = before + lines.iter().map(|line| kind.width(line)).max().unwrap_or(0);
            if x > MARGIN && x + width > self.width - MARGIN {
                x = MARGIN;
                self.height += kind.line();
            }
            self.samples.push((x, self.height + kind.line() / 2 - 3));
            let last = lines.len().saturating_sub(1) as i32;
            for (index, line) in (0..).zip(lines) {
                self.texts.push((line, kind, (x + before, self.height + index * kind.line())));
            }
            self.height += last * kind.line();
            x += width + LEGEND_GAP;
        }
        self.height += kind.line();
    }

    fn draw<DB: DrawingBackend>(&self, figure: &Figure, backend: DB, sink: f64) -> Result<()> {
        let canvas = Canvas { area: backend.into_drawing_area(), sink };
        canvas.area.fill(&WHITE).map_err(failed)?;
        for (text, kind, place) in &self.texts {
            canvas.text(text, kind.style(), *place, (HPos::Left, VPos::Top))?;
        }
        for (sample, pen) in self.samples.iter().zip(Pen::all(self.samples.len())) {
            let [left, right] = [sample.0, sample.0 + SAMPLE].map(|x| (SCALE * x, SCALE * sample.1));
            canvas.line(&[left, right], pen)?;
        }
        let width = COLUMN - MARGIN - GUTTER - 12;
        for (index, panel) in (0..).zip(&figure.panels) {
            let left = MARGIN + GUTTER + index * (width + GUTTER + 24);
            let frame = Frame { panel, left, top: self.panels, width, height: PANEL_HEIGHT };
            frame.draw(&canvas)?;
        }
        canvas.area.present().map_err(failed)
    }
}

/// A point on the canvas.
pub(super) type Place = (i32, i32);

pub(super) struct Canvas<DB: DrawingBackend> {
    pub(super) area: DrawingArea<DB, Shift>,
    /// By how much text is set lower, in its size.
    pub(super) sink: f64,
}

/// plotters' errors borrow what is drawn on.
pub(super) fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

/// plotters sets text of this font so much higher in a bitmap than in an SVG.
const BITMAP_SINK: f64 = 0.11;

impl<DB: DrawingBackend> Canvas<DB> {
    pub(super) fn element<E>(&self, element: &E) -> Result<()>
    where
        E: Drawable<DB>,
        for<'b> &'b E: PointCollection<'b, Place>,
    {
        self.area.draw(element).map_err(failed)
    }

    /// `place` in units of the figure.
    pub(super) fn text(
        &self,
        text: &str,
        style: TextStyle<'_>,
        (x, y): (i32, i32),
        (h, v): (HPos, VPos),
    ) -> Result<()> {
        let style = style.pos(Pos::new(h, v));
        let sink = (self.sink * style.font.get_size()) as i32;
        self.area.draw_text(text, &style, (SCALE * x, SCALE * y + sink)).map_err(failed)
    }

    pub(super) fn thin(&self, points: [Place; 2], color: RGBColor, width: i32) -> Result<()> {
        self.element(&PathElement::new(points.to_vec(), stroke(color, width)))
    }

    /// A curve, or the sample of one in the legend.
    pub(super) fn line(&self, points: &[Place], pen: Pen) -> Result<()> {
        let style = stroke(pen.color, pen.width());
        match pen.dash {
            None => self.element(&PathElement::new(points.to_vec(), style)),
            Some((size, gap)) => {
                self.element(&DashedPathElement::new(points.to_vec(), SCALE * size, SCALE * gap, style))
            }
        }
    }

    fn dot(&self, place: Place, pen: Pen) -> Result<()> {
        self.element(&Circle::new(place, pen.radius(), pen.color.filled()))
    }

    fn ring(&self, place: Place, pen: Pen) -> Result<()> {
        self.dot(place, pen)?;
        self.element(&Circle::new(place, pen.radius() - 6, WHITE.filled()))
    }
}

/// `width` in canvas units.
fn stroke(color: RGBColor, width: i32) -> ShapeStyle {
    color.stroke_width(width.unsigned_abs())
}

pub(super) fn text_style(size: i32, style: FontStyle, color: RGBColor) -> TextStyle<'static> {
    (FAMILY, SCALE * size, style).with_color(color).into_text_style(&(0, 0))
}

/// A panel at its place, in units of the figure.
struct Frame<'a> {
    panel: &'a Panel,
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Frame<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<()> {
        self.grid(canvas)?;
        self.axes(canvas)?;
        let traces = || self.panel.traces.iter().zip(Pen::all(self.panel.traces.len()));
        for (trace, pen) in traces() {
            for piece in &trace.pieces {
                let places: Vec<Point> = piece.iter().map(|point| self.place(*point)).collect();
                canvas.line(&simplify(&places).into_iter().map(rounded).collect::<Vec<_>>(), pen)?;
            }
        }
        for (trace, pen) in traces() {
            for kink in &trace.kinks {
                for side in [kink.left, kink.right] {
                    // Nothing to see where the function goes on from its value at the kink.
                    if (side - kink.at.1).abs() > 0.015 * self.panel.y.length() {
                        canvas.ring(rounded(self.place((kink.at.0, side))), pen)?;
                    }
                }
                canvas.dot(rounded(self.place(kink.at)), pen)?;
            }
        }
        Ok(())
    }

    /// Lines at the ticks, and their numbers outside, where no curve crosses them.
    fn grid<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<()> {
        let style = || text_style(TICK, FontStyle::Normal, QUIET);
        for (x, text) in self.panel.x.ticks() {
            canvas.thin(self.vertical(x), GRID, SCALE)?;
            let place = (rounded(self.place((x, 0.0))).0 / SCALE, self.top + self.height + 6);
            canvas.text(&text, style(), place, (HPos::Center, VPos::Top))?;
        }
        for (y, text) in self.panel.y.ticks() {
            canvas.thin(self.horizontal(y), GRID, SCALE)?;
            let place = (self.left - 8, rounded(self.place((0.0, y))).1 / SCALE);
            canvas.text(&text, style(), place, (HPos::Right, VPos::Center))?;
        }
        Ok(())
    }

    /// Through the origin, where the panel has it.
    fn axes<DB: DrawingBackend>(&self, canvas: &Canvas<DB>) -> Result<()> {
        let Panel { label, x, y, .. } = self.panel;
        if y.contains(0.0) {
            canvas.thin(self.horizontal(0.0), AXES, 6)?;
        }
        if x.contains(0.0) {
            canvas.thin(self.vertical(0.0), AXES, 6)?;
        }
        let style = || text_style(TEXT, FontStyle::Bold, BLACK);
        canvas.text(label, style(), (self.left, self.top - 8), (HPos::Left, VPos::Bottom))?;
        let right = (self.left + self.width, self.top + self.height + 24);
        canvas.text("x", style(), right, (HPos::Right, VPos::Top))
    }

    fn horizontal(&self, y: f64) -> [Place; 2] {
        let Axis { from, to } = self.panel.x;
        [from, to].map(|x| rounded(self.place((x, y))))
    }

    fn vertical(&self, x: f64) -> [Place; 2] {
        let Axis { from, to } = self.panel.y;
        [from, to].map(|y| rounded(self.place((x, y))))
    }

    /// On the canvas, unrounded.
    fn place(&self, (x, y): Point) -> Point {
        let across = f64::from(self.left) + f64::from(self.width) * self.panel.x.fraction(x);
        let down = f64::from(self.top + self.height) - f64::from(self.height) * self.panel.y.fraction(y);
        (f64::from(SCALE) * across, f64::from(SCALE) * down)
    }
}

fn rounded((x, y): Point) -> Place {
    (x.round() as i32, y.round() as i32)
}

#[cfg(test)]
mod tests {
    use wgpu_activations::{Activation, Formula, Kind};

    use super::*;
    use crate::commands::plot::choose;
    use crate::commands::plot::figure::Texts;
    use crate::commands::plot::function::Function;

    #[test]
    fn every_text_fits_the_width() -> Result<()> {
        for kind in Kind::ALL {
            let texts = Texts::of_one(*kind, &choose::samples(*kind));
            let layout = layout(&texts)?;
            assert!(layout.texts.iter().any(|(text, _, _)| text.contains("f(x) = ")), "{kind}");
        }
        Ok(())
    }

    /// Formulas of any length, as title and in the legend.
    #[test]
    fn texts_are_beside_each_other() -> Result<()> {
        let long: Formula = vec!["silu(x)"; 30].join(" + ").parse()?;
        let functions = [Activation::TANH.into(), Function::Formula(long), Activation::SILU.into()];
        let layout = layout(&Texts::of_several(&functions))?;
        let of_legend = layout.texts.iter().filter(|(_, kind, _)| matches!(kind, TextKind::Legend));
        let ends = of_legend.map(|(text, kind, (x, y))| (*y, *x, x + kind.width(text)));
        let ends: Vec<_> = ends.collect();
        assert!(ends.len() > functions.len(), "{ends:?}");
        assert!(ends.is_sorted_by(|one, next| one.0 < next.0 || one.2 < next.1), "{ends:?}");
        Ok(())
    }

    /// Of a figure with these texts, all of which are inside.
    fn layout(texts: &Texts) -> Result<Layout> {
        let figure = Figure::new(texts, (-5.0, 5.0), &[], &"driver ".repeat(50));
        let layout = Layout::new(&figure)?;
        for (text, kind, (x, y)) in &layout.texts {
            assert!(kind.width(text) > 0 && x + kind.width(text) <= layout.width - MARGIN, "{text:?}");
            assert!(y + kind.line() <= layout.height, "{text:?}");
        }
        Ok(layout)
    }

    #[test]
    fn styles_differ_in_colour_and_beside_it() {
        for (index, (color, dash)) in STYLES.iter().enumerate() {
            for (other, other_dash) in &STYLES[..index] {
                assert_ne!(color, other);
                assert_ne!(dash, other_dash);
            }
        }
    }
}
