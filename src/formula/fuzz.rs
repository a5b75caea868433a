//! Texts by the million: the parser reads or refuses each, and what it reads it writes as it was.

#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;

use crate::formula::language::Construct;
use crate::formula::names::{RESERVED, SIGMOID, own_names};
use crate::formula::tests::formulas;
use crate::formula::tokens::SIGNS;
use crate::{Formula, Kind};

/// Texts of one seed: what fails is found again by its seed.
const BATCH: u64 = 10_000;
/// A huge text, one in so many.
const HUGE: u64 = 20_000;
/// All of them take 15 seconds of one core, and are spread over those that there are.
const TEXTS: u64 = 1_000_000;

#[test]
fn a_million_texts_are_read_or_refused() {
    let words = Words::new();
    let (next, read) = (AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed * BATCH >= TEXTS {
                        return;
                    }
                    let mut rng = Rng::with_seed(seed);
                    let formulas = (0..BATCH).filter(|_| is_read(&words.text(&mut rng))).count();
                    read.fetch_add(formulas as u64, Ordering::Relaxed);
                }
            });
        }
    });
    // Else the texts would ask nothing of what comes behind the first mistake.
    let read = read.into_inner();
    assert!((TEXTS / 10..TEXTS).contains(&read), "{read} of {TEXTS} texts are formulas");
}

/// Whether the text is a formula, which is then written as it was read.
fn is_read(text: &str) -> bool {
    let Ok(formula) = text.parse::<Formula>() else { return false };
    let written = formula.to_string();
    assert_eq!(written.parse(), Ok(formula), "{text:?} is written as {written:?}");
    true
}

/// What texts are made of.
struct Words {
    /// Signs, names, numbers: the language's own, and some that it does not have.
    words: Vec<String>,
    formulas: Vec<&'static str>,
}

impl Words {
    fn new() -> Self {
        let operands = ["x", "z", "bias[c]", "scale[r]", "w[]", "k", "dy", "y", "seed", "u", "t1"];
        let numbers =
            ["0", "1", "2", "0.5", "-1", "1e-3", "3e38", "1e-46", "1e400", "64", "65", ".", "1.2.3"];
        let strange =
            ["relo(", "x[cc]", "[", "where u =", "with k = 1", "\u{0}", "ß", "√", "((", "))", "?:", "--"];
        let called = |name: &str| [name.to_owned(), format!("{name}(")];
        let functions = Kind::ALL
            .iter()
            .flat_map(|kind| called(kind.name()).into_iter().chain(called(&format!("{kind}_backward"))));
        let own = own_names().chain([SIGMOID]).flat_map(called);
        let plain = [&operands[..], &numbers, &strange, &RESERVED];
        let plain = plain.concat().into_iter().map(str::to_owned);
        // Signs often: otherwise few texts would get past their second word.
        let signs = SIGNS.iter().cycle().take(200).map(|sign| (*sign).to_owned());
        let words = plain.chain(functions).chain(own).chain(signs).collect();
        let examples = Formula::constructs().iter().map(|Construct { example, .. }| *example);
        Self { words, formulas: formulas().chain(examples).collect() }
    }

    fn text(&self, rng: &mut Rng) -> String {
        if rng.u64(..HUGE) == 0 {
            return self.huge(rng);
        }
        match rng.u8(..8) {
            0 | 1 => self.soup(rng),
            2..4 => self.changed(rng),
            4 => Self::expression(rng, 3),
            5 | 6 => Self::expression(rng, 2),
            _ => (0..rng.usize(..40)).map(|_| rng.char(..)).collect(),
        }
    }

    fn word(&self, rng: &mut Rng) -> &str {
        &self.words[rng.usize(..self.words.len())]
    }

    /// Words in any order.
    fn soup(&self, rng: &mut Rng) -> String {
        let space = ["", " "][rng.usize(..2)];
        (0..rng.usize(1..20)).flat_map(|_| [self.word(rng), space]).collect()
    }

    /// A formula in which a few places are something else.
    fn changed(&self, rng: &mut Rng) -> String {
        let mut text: Vec<char> = self.formulas[rng.usize(..self.formulas.len())].chars().collect();
        for _ in 0..rng.usize(1..4) {
            let begin = rng.usize(..=text.len());
            let end = (begin + rng.usize(..4)).min(text.len());
            let part: Vec<char> = match rng.u8(..4) {
                0 => Vec::new(),
                1 => self.word(rng).chars().collect(),
                2 => vec![rng.char(..)],
                _ => text[begin..].iter().copied().chain(text[begin..end].iter().copied()).collect(),
            };
            text.splice(begin..end, part);
        }
        text.into_iter().collect()
    }

    /// By the grammar, but for what each part may be: most are formulas.
    fn expression(rng: &mut Rng, depth: u32) -> String {
        if depth == 0 {
            return ["x", "z", "b[c]", "w[]", "1", "0.5", "-2"][rng.usize(..7)].to_owned();
        }
        let kind = rng.u8(..10);
        let mut inner = || Self::expression(rng, depth - 1);
        match kind {
            0 => format!("({} + {})", inner(), inner()),
            1 => format!("({} - {})", inner(), inner()),
            2 => format!("{} * {} / (1 + {})", inner(), inner(), inner()),
            3 => format!("{} < {} ? {} : {}", inner(), inner(), inner(), inner()),
            4 => format!("max({}, {}, -1)", inner(), inner()),
            5 => format!("({})^{}", inner(), ["2", "-1", "0.5", "-1.5", "3"][rng.usize(..5)]),
            6 => format!("dropout({}, 0.25)", inner()),
            7 => format!("-{}", inner()),
            _ => format!("{}({})", Kind::ALL[rng.usize(..Kind::ALL.len())], Self::expression(rng, depth - 1)),
        }
    }

    /// Deeper, or longer, than anything may be.
    fn huge(&self, rng: &mut Rng) -> String {
        let times = 10usize.pow(rng.u32(2..6));
        let part = match rng.u8(..3) {
            0 => ["(", "-", "relu(", "x + ", "x > 0 ? x : ", "x ^ ", "x; "][rng.usize(..7)],
            1 => self.word(rng),
            _ => "u",
        };
        let end = ["", "x", ")"][rng.usize(..3)];
        part.repeat(times) + &end.repeat(if rng.bool() { times } else { 1 })
    }
}
