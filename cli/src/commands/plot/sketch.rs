//! A figure in characters, for the terminal: what its file shows, at a glance.

use super::curve::Point;
use super::figure::{Figure, Panel};
use crate::terminal;

/// A panel in characters; two fit beside each other. A Braille character has 2 x 4 dots.
const COLUMNS: usize = 46;
const ROWS: usize = 10;
const DOTS: (usize, usize) = (2 * COLUMNS, 4 * ROWS);
const GAP: &str = "    ";

/// The function beside its derivative; none of a figure that compares several, which characters cannot tell apart.
pub(super) fn sketch(figure: &Figure) -> Option<String> {
    let [f, derivative, ..] = &figure.panels[..] else { return None };
    if f.traces.len() != 1 || derivative.traces.len() != 1 {
        return None;
    }
    let lines = lines(f).into_iter().zip(lines(derivative));
    let joined =
        lines.map(|(left, right)| format!("{left:COLUMNS$}{GAP}{right}").trim_end().to_owned() + "\n");
    Some(joined.collect())
}

/// Its label with the range of y, the dots, the ends of x.
fn lines(panel: &Panel) -> Vec<String> {
    let mut dots = vec![[false; DOTS.0]; DOTS.1];
    // The axes, in dots of every other place.
    if panel.y.contains(0.0) {
        (0..DOTS.0).step_by(4).for_each(|column| dots[row(panel, 0.0)][column] = true);
    }
    if panel.x.contains(0.0) {
        (0..DOTS.1).step_by(4).for_each(|row| dots[row][column(panel, 0.0)] = true);
    }
    for piece in panel.traces.iter().flat_map(|trace| &trace.pieces) {
        draw(panel, piece, &mut dots);
    }
    let heights = panel.traces.iter().flat_map(super::curve::Trace::heights);
    let (low, high) =
        heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    let head = format!("{} from {} to {}", panel.label, terminal::number(low), terminal::number(high));
    let (from, to) = (terminal::number(panel.x.from), terminal::number(panel.x.to));
    let foot = format!("{from}{to:>width$}", width = COLUMNS - from.len());
    let rows = dots.chunks(4).map(|rows| (0..COLUMNS).map(|at| braille(rows, at)).collect());
    [head].into_iter().chain(rows).chain([foot]).collect()
}

/// Every point, and the rows between it and the one before, so that steep lines have no gaps.
fn draw(panel: &Panel, piece: &[Point], dots: &mut [[bool; DOTS.0]]) {
    let mut before = None;
    for (x, y) in piece {
        let (column, at) = (column(panel, *x), row(panel, *y));
        let other = before.unwrap_or(at);
        for row in &mut dots[at.min(other)..=at.max(other)] {
            row[column] = true;
        }
        before = Some(at);
    }
}

fn column(panel: &Panel, x: f64) -> usize {
    place(panel.x.fraction(x), DOTS.0)
}

fn row(panel: &Panel, y: f64) -> usize {
    place(1.0 - panel.y.fraction(y), DOTS.1)
}

fn place(fraction: f64, dots: usize) -> usize {
    ((fraction * dots as f64) as usize).min(dots - 1)
}

/// The character of 2 x 4 dots; Unicode numbers them down the left column, then the right one, the lowest row last.
fn braille(rows: &[[bool; DOTS.0]], at: usize) -> char {
    const BITS: [[u32; 2]; 4] = [[0, 3], [1, 4], [2, 5], [6, 7]];
    let dots = rows.iter().zip(BITS).flat_map(|(row, bits)| row[2 * at..2 * at + 2].iter().zip(bits));
    let pattern: u32 = dots.filter(|(dot, _)| **dot).map(|(_, bit)| 1 << bit).sum();
    if pattern == 0 { ' ' } else { char::from_u32(0x2800 + pattern).unwrap_or(' ') }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::commands::plot::axis::Axis;
    use crate::commands::plot::curve::Trace;

    fn panel(label: &'static str) -> Panel {
        let piece = (0..=1000).map(|step| f64::from(step) / 1000.0).map(|x| (x, x)).collect();
        let traces = vec![Trace { pieces: vec![piece], kinks: Vec::new() }];
        let axis = Axis { from: 0.0, to: 1.0 };
        Panel { label, x: axis, y: axis, traces }
    }

    #[test]
    fn a_line_goes_from_corner_to_corner() {
        let figure = Figure {
            title: String::new(),
            lines: Vec::new(),
            legend: Vec::new(),
            panels: vec![panel("f(x)"), panel("f'(x)")],
            source: String::new(),
        };
        let text = sketch(&figure).unwrap();
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        assert_eq!(lines.len(), ROWS + 2);
        assert!(text.starts_with("f(x) from 0 to 1 ") && text.contains("f'(x) from 0 to 1\n"), "{text}");
        // Up in both panels: the last column of the first row, the first of the last.
        let right = COLUMNS + GAP.len();
        assert!(lines[1][COLUMNS - 1] != ' ' && lines[1][right + COLUMNS - 1] != ' ', "{text}");
        assert!(lines[ROWS][0] != ' ' && lines[ROWS][right] != ' ', "{text}");
        assert!(lines[1][COLUMNS / 2] == ' ' && lines[ROWS / 2][2] == ' ', "{text}");
        assert!(lines.iter().all(|line| line.len() <= terminal::WIDTH), "{text}");
        // A figure of several has none.
        let mut several = figure;
        several.panels[0].traces.push(panel("").traces.remove(0));
        assert_eq!(sketch(&several), None);
    }
}
