//! A formula's text as tokens.

use crate::error::FormulaError;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    Name(String),
    /// `+`, `<=`, `where` and all else that is written with signs.
    Sign(&'static str),
}

/// Longer signs before those that they begin with.
pub(crate) const SIGNS: &[&str] =
    &["<=", ">=", "==", "!=", "+", "-", "*", "/", "^", "<", ">", "?", ":", "(", ")", "[", "]", ",", ";", "="];

/// Each token with the number of characters before it.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, FormulaError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let rest = &characters[at..];
        if character.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, length) = if character.is_ascii_alphabetic() || character == '_' {
            let name: String = leading(rest, |next| next.is_ascii_alphanumeric() || next == '_');
            let length = name.len();
            (Token::Name(name), length)
        } else if character.is_ascii_digit() || character == '.' {
            let text_of_number = number(rest);
            let length = text_of_number.len();
            let value: f64 = text_of_number.parse().map_err(|_| syntax(text, at, "a number"))?;
            if !(value as f32).is_finite() {
                let (value, of) = (value as f32, text_of_number);
                return Err(FormulaError::NotFinite { value, of, at: Some(at) });
            }
            (Token::Number(value), length)
        } else {
            let sign = SIGNS
                .iter()
                .find(|sign| sign.chars().zip(rest).filter(|(a, b)| a == *b).count() == sign.len());
            let sign = sign.ok_or_else(|| syntax(text, at, "a number, a name or an operator"))?;
            (Token::Sign(sign), sign.len())
        };
        tokens.push((token, at));
        at += length;
    }
    Ok(tokens)
}

pub(crate) fn syntax(text: &str, at: usize, expected: &str) -> FormulaError {
    FormulaError::Syntax { text: text.to_owned(), at, expected: expected.to_owned() }
}

fn leading(characters: &[char], holds: impl Fn(char) -> bool) -> String {
    characters.iter().copied().take_while(|next| holds(*next)).collect()
}

/// `12`, `0.5`, `.5`, `1e-3`.
fn number(characters: &[char]) -> String {
    let mut text = leading(characters, |next| next.is_ascii_digit() || next == '.');
    let rest = &characters[text.len()..];
    if let Some('e' | 'E') = rest.first() {
        let sign = usize::from(matches!(rest.get(1), Some('+' | '-')));
        let digits = leading(&rest[(1 + sign).min(rest.len())..], |next| next.is_ascii_digit());
        if !digits.is_empty() {
            text.extend(&rest[..1 + sign]);
            text += &digits;
        }
    }
    text
}
