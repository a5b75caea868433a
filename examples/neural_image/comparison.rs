//! The target and what each network made of it, side by side, with a caption below each.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;
use plotters::style::register_font;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::common::picture::{self, Picture};

/// A picture with its caption: the name, and what is to be said of it.
pub(crate) struct Panel {
    pub(crate) picture: Picture,
    pub(crate) name: String,
    pub(crate) note: String,
}

const COLUMNS: usize = 4;
const GAP: usize = 16;
const CAPTION: usize = 64;
/// Narrower pictures stand in a column that a caption fits into.
const NARROWEST: usize = 256;
const TEXT: u32 = 21;
const FONT: &str = "sans-serif";
const FONT_FILE: &[u8] = include_bytes!("../../cli/src/commands/plot/fonts/DejaVuSans.ttf");

/// Writes a PNG of all panels, in rows of four. They have one size.
pub(crate) fn save(path: &Path, panels: &[Panel]) -> Result<()> {
    let first = panels.first().context("there is nothing to compare")?;
    let (column, row) = (first.picture.width.max(NARROWEST) + GAP, first.picture.height + CAPTION);
    let place = |index: usize| (GAP + index % COLUMNS * column, GAP + index / COLUMNS * row);
    let width = GAP + panels.len().min(COLUMNS) * column;
    let height = GAP + panels.len().div_ceil(COLUMNS) * row;

    let mut rgb = vec![255; 3 * width * height];
    for (index, Panel { picture, .. }) in panels.iter().enumerate() {
        let (left, top) = place(index);
        for (y, pixels) in picture.pixels.chunks(picture.width).enumerate() {
            let at = 3 * ((top + y) * width + left);
            let bytes = pixels.as_flattened().iter().map(|value| (255.0 * value).round() as u8);
            rgb[at..at + 3 * picture.width].iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        }
    }

    register_font(FONT, FontStyle::Normal, FONT_FILE).map_err(|_| anyhow!("the font cannot be read"))?;
    let (width, height) = (width as u32, height as u32);
    {
        let area = BitMapBackend::with_buffer(&mut rgb, (width, height)).into_drawing_area();
        for (index, Panel { picture, name, note }) in panels.iter().enumerate() {
            let (left, top) = place(index);
            let below = (top + picture.height + 8) as i32;
            for (text, y) in [(name, below), (note, below + TEXT as i32 + 3)] {
                let style = TextStyle::from((FONT, TEXT)).pos(Pos::new(HPos::Left, VPos::Top));
                area.draw_text(text, &style, (left as i32, y))?;
            }
        }
        area.present()?;
    }
    picture::encode(path, width, height, &rgb).with_context(|| format!("cannot write {}", path.display()))
}
