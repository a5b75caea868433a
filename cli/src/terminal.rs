//! What is printed: notes and errors, wrapped text, tables. Text keeps to [`WIDTH`] columns, and only a terminal gets
//! colours (anstream strips them for pipes, and minds `NO_COLOR`).

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};

/// The columns that text keeps to.
pub(crate) const WIDTH: usize = 100;

/// Between columns.
const SEPARATOR: &str = "  ";

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// The text in a style.
pub(crate) fn styled(text: &str, style: Style) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// Prints to standard output. A reader that has gone away, as `head` does, is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// Prints to standard error. If that fails there is nowhere left to say so.
pub(crate) fn print_beside(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// A line that names what follows.
pub(crate) fn heading(text: &str) -> String {
    styled(text, BOLD) + "\n"
}

/// What the user should know, though it stops nothing.
pub(crate) fn note(text: &str) {
    print_beside(&format!("{} {text}\n", styled("note:", BOLD)));
}

/// Why the command failed.
pub(crate) fn error(text: &str) {
    print_beside(&format!("{} {text}\n", styled("error:", BAD)));
}

/// The words of `text` in lines of [`WIDTH`] columns at most; further lines are indented to stand below the text's
/// first word, after `label`. A word that is too long for a line keeps one to itself.
pub(crate) fn wrap(label: &str, text: &str) -> String {
    let indent = columns(label);
    let mut lines = label.to_owned();
    let mut used = indent;
    for word in text.split_whitespace() {
        if used > indent && used + 1 + columns(word) > WIDTH {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if used > indent {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += columns(word);
    }
    lines.truncate(lines.trim_end().len());
    lines.push('\n');
    lines
}

/// Every character that this command prints takes one column; what switches colours takes none.
fn columns(text: &str) -> usize {
    anstream::adapter::strip_str(text).map(|part| part.chars().count()).sum()
}

/// Rows of cells below titles. The first two columns and the last are flush left; the others, numbers, flush right.
pub(crate) struct Table {
    titles: Vec<String>,
    rows: Vec<(Vec<String>, Style)>,
}

impl Table {
    pub(crate) fn new(titles: &[&str]) -> Self {
        Self { titles: titles.iter().map(|&title| title.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row, its last cell in this style.
    pub(crate) fn row(&mut self, cells: Vec<String>, style: Style) {
        self.rows.push((cells, style));
    }

    /// Whether every line has [`WIDTH`] columns at most.
    pub(crate) fn fits(&self) -> bool {
        let widths = self.widths();
        widths.iter().sum::<usize>() + SEPARATOR.len() * (widths.len() - 1) <= WIDTH
    }

    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        render_row(&mut text, &self.titles, &widths, BOLD, BOLD);
        for (cells, style) in &self.rows {
            render_row(&mut text, cells, &widths, PLAIN, *style);
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        (0..self.titles.len()).map(|column| self.width(column)).collect()
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|(cells, _)| cells.get(column)).map(|cell| columns(cell));
        cells.chain([columns(&self.titles[column])]).max().unwrap_or_default()
    }
}

fn render_row(text: &mut String, cells: &[String], widths: &[usize], style: Style, last_style: Style) {
    let last = widths.len() - 1;
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        let padding = " ".repeat(width - columns(cell));
        match column {
            _ if column == last => text.push_str(&styled(cell, last_style)),
            0 | 1 => text.extend([&styled(cell, style), &padding, SEPARATOR]),
            _ => text.extend([&padding, &styled(cell, style), SEPARATOR]),
        }
    }
    text.push('\n');
}

/// About five significant digits: as many as a table has room for.
pub(crate) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && magnitude.is_finite() && !(1e-3..1e6).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let decimals = match magnitude {
        m if m < 0.01 => 6,
        m if m < 0.1 => 5,
        m if m < 10.0 => 4,
        m if m < 100.0 => 3,
        m if m < 1000.0 => 2,
        _ => 1,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// 1048576 as `1,048,576`.
pub(crate) fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        let _ = write!(text, "{digit}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_hang_below_the_text() {
        let text = "word ".repeat(60);
        let wrapped = wrap("label  ", &text);
        let coloured = wrap("label  ", &text.replace("word", &styled("word", BAD)));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), wrapped);
        assert!(wrapped.lines().all(|line| columns(line) <= WIDTH));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("       word")));
        assert_eq!(wrapped.split_whitespace().count(), 61);
    }

    #[test]
    fn text_is_flush_left_and_numbers_right() {
        let mut table = Table::new(&["", "what", "n", "result"]);
        table.row(["a", "first", "1", "pass"].map(str::to_owned).to_vec(), GOOD);
        table.row(["bcd", "2nd", "20", "FAIL"].map(str::to_owned).to_vec(), BAD);
        let text = table.render();
        let plain = anstream::adapter::strip_str(&text).to_string();
        let lines: Vec<&str> = plain.lines().collect();
        assert_eq!(lines, ["     what    n  result", "a    first   1  pass", "bcd  2nd    20  FAIL"]);
        assert!(table.fits());
    }

    #[test]
    fn numbers_are_short_and_say_how_large() {
        let cases = [
            (0.0, "0"),
            (-0.25, "-0.25"),
            (0.001_234_56, "0.001235"),
            (1.0, "1"),
            (123.456, "123.46"),
            (999_999.0, "999999"),
            (1e6, "1.000e6"),
            (-1.5e-5, "-1.500e-5"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
        assert_eq!(thousands(1_048_576), "1,048,576");
        assert_eq!(thousands(999), "999");
    }
}
