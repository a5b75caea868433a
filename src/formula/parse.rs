//! Text to formula: one pass over the tokens, straight into nodes.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::Error;
use crate::error::FormulaError;
use crate::formula::Formula;
use crate::formula::functions;
use crate::formula::names::check_name;
use crate::formula::node::{Binary, Comparison, Id, Named, Node, Output, View};
use crate::formula::nodes::{Nodes, check_exponent};
use crate::formula::tokens::{Token, syntax, tokens};

/// The most parentheses, signs and choices within each other: the parser's own recursion is as deep.
pub(crate) const MAX_NESTING: usize = 64;

pub(crate) fn parse(text: &str) -> Result<Formula, Error> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        nesting: 0,
        nodes: Nodes::default(),
        defined: HashMap::new(),
        closed: None,
    };
    // What is defined comes behind its use: so the clauses are read first.
    let clause = |parser: &Parser<'_>, word: &str| {
        parser.tokens.iter().position(|(token, _)| matches!(token, Token::Name(name) if name == word))
    };
    let (first_where, first_with) = (clause(&parser, "where"), clause(&parser, "with"));
    if let Some(at) = first_with {
        parser.at = at + 1;
        parser.parameters()?;
        parser.end_of_clause(first_where.filter(|other| *other > at))?;
    }
    if let Some(at) = first_where {
        parser.at = at + 1;
        parser.definitions()?;
        parser.end_of_clause(first_with.filter(|other| *other > at))?;
    }
    parser.at = 0;
    let results = parser.statements()?;
    parser.end_of_clause([first_where, first_with].into_iter().flatten().min())?;
    let nodes = std::mem::take(&mut parser.nodes);
    let formula = match &results[..] {
        [Statement { named: None, node, .. }] => Formula::unnamed_result(nodes, *node),
        _ => Formula::new(nodes, outputs(text, &results)?),
    };
    formula.map_err(|error| parser.twice(&results, error))
}

fn outputs(text: &str, results: &[Statement]) -> Result<Vec<Output>, FormulaError> {
    let output = |Statement { named, node, .. }: &Statement| {
        let expected = "a name for each of several results: dx = ...; dw = ...";
        let named = named.clone().ok_or_else(|| syntax(text, 0, expected))?;
        Ok(Output { named, node: *node })
    };
    results.iter().map(output).collect()
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, usize)>,
    at: usize,
    nesting: usize,
    nodes: Nodes,
    /// Names of the where clause.
    defined: HashMap<String, Id>,
    /// The condition whose parentheses were closed last, and the tokens that it is, those included.
    closed: Option<(Range<usize>, Condition)>,
}

/// `dx = ...`, or an expression alone: which token is its first.
struct Statement {
    named: Option<Named>,
    first: usize,
    node: Id,
}

/// Comparisons that all have to hold.
type Condition = Vec<(Comparison, Id, Id)>;

/// A number for each element, or a condition.
enum Term {
    Value(Id),
    Condition(Condition),
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// How many characters are before the next token.
    fn place(&self) -> usize {
        self.place_of(self.at)
    }

    fn place_of(&self, token: usize) -> usize {
        self.tokens.get(token).map_or_else(|| self.text.chars().count(), |(_, at)| *at)
    }

    fn expected(&self, what: &str) -> Error {
        syntax(self.text, self.place(), what).into()
    }

    /// What was made of the tokens from this one on: an error without a place is there, and of a number that is not finite they are
    /// what was computed.
    fn made<T>(&self, first: usize, made: Result<T, impl Into<Error>>) -> Result<T, Error> {
        made.map_err(|error| {
            let mut error = error.into();
            if let Error::Formula(error) = &mut error {
                self.tell_place(first, error);
            }
            error
        })
    }

    fn tell_place(&self, first: usize, error: &mut FormulaError) {
        let Some(place @ None) = error.place() else { return };
        let (begin, end) = (self.place_of(first), self.place());
        *place = Some(begin);
        if let FormulaError::NotFinite { of, .. } = error {
            let written: String = self.text.chars().skip(begin).take(end - begin).collect();
            written.trim_end().clone_into(of);
        }
    }

    /// What is known to be the name of two things when the formula is whole: of the last result of that name, or of the seed.
    fn twice(&self, results: &[Statement], mut error: Error) -> Error {
        if let Error::Formula(FormulaError::NameTwice { name, at: at @ None }) = &mut error {
            let is_named = |result: &&Statement| result.named.as_ref().is_some_and(|it| it.name == *name);
            let result = results.iter().rev().find(is_named).map(|result| self.place_of(result.first));
            let is_name = |(token, _): &&(Token, usize)| matches!(token, Token::Name(other) if other == name);
            *at = result.or_else(|| self.tokens.iter().find(is_name).map(|(_, place)| *place));
        }
        error
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let there = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(there);
        there
    }

    fn require(&mut self, sign: &'static str) -> Result<(), Error> {
        if self.take(sign) { Ok(()) } else { Err(self.expected(&format!("{sign:?}"))) }
    }

    fn name(&mut self) -> Result<String, Error> {
        match self.peek() {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// At the next clause, or at the end.
    fn end_of_clause(&self, end: Option<usize>) -> Result<(), Error> {
        if self.at == end.unwrap_or(self.tokens.len()) {
            return Ok(());
        }
        Err(self.expected("an operator, `where`, `with` or the end"))
    }

    /// `k = 1.5, h = -2`
    fn parameters(&mut self) -> Result<(), Error> {
        loop {
            let first = self.at;
            let name = self.name()?;
            self.require("=")?;
            let negative = self.take("-");
            let Some(Token::Number(value)) = self.peek() else { return Err(self.expected("a number")) };
            let value = *value as f32;
            self.at += 1;
            let id = self.nodes.parameter(&name, if negative { -value } else { value });
            let id = self.made(first, id)?;
            self.define(name, first, id)?;
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    /// `u = x + 1, v = u * u`: each may name those before it.
    fn definitions(&mut self) -> Result<(), Error> {
        loop {
            let first = self.at;
            let name = self.name()?;
            self.require("=")?;
            let id = self.value()?;
            self.define(name, first, id)?;
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    /// Of a name that is this token.
    fn define(&mut self, name: String, first: usize, id: Id) -> Result<(), Error> {
        self.made(first, check_name(&name))?;
        let twice = FormulaError::name_twice(&name);
        match self.defined.insert(name, id) {
            None => Ok(()),
            Some(_) => self.made(first, Err(twice)),
        }
    }

    /// `dx = ...; db[c] = ...`, or an expression alone.
    fn statements(&mut self) -> Result<Vec<Statement>, Error> {
        let mut results = Vec::new();
        loop {
            let first = self.at;
            let named = self.result_name()?;
            let node = self.value()?;
            results.push(Statement { named, first, node });
            if !self.take(";") {
                return Ok(results);
            }
        }
    }

    /// `NAME =`, `NAME[c] =`, `NAME[] =`; else nothing is read.
    fn result_name(&mut self) -> Result<Option<Named>, Error> {
        let begin = self.at;
        if let Some(Token::Name(name)) = self.peek() {
            let name = name.clone();
            self.at += 1;
            let view = self.view()?;
            if self.take("=") {
                self.made(begin, check_name(&name))?;
                return Ok(Some(Named { name, view }));
            }
        }
        self.at = begin;
        Ok(None)
    }

    /// What is in brackets behind a name.
    fn view(&mut self) -> Result<View, Error> {
        if !self.take("[") {
            return Ok(View::Element);
        }
        if self.take("]") {
            return Ok(View::Single);
        }
        let letter = match self.peek() {
            Some(Token::Name(name)) => one_letter(name),
            _ => None,
        };
        let letter = letter.ok_or_else(|| self.expected("one letter, or \"]\""))?;
        self.at += 1;
        self.require("]")?;
        Ok(View::Channel(letter))
    }

    fn value(&mut self) -> Result<Id, Error> {
        let first = self.at;
        let term = self.term()?;
        let value = self.valued(term);
        self.made(first, value)
    }

    /// A condition is 1 where it holds, 0 elsewhere.
    fn valued(&mut self, term: Term) -> Result<Id, Error> {
        match term {
            Term::Value(id) => Ok(id),
            Term::Condition(all) => {
                let (one, zero) = (self.nodes.number(1.0)?, self.nodes.number(0.0)?);
                self.choose(&all, one, zero)
            }
        }
    }

    fn choose(&mut self, all: &[(Comparison, Id, Id)], then: Id, otherwise: Id) -> Result<Id, Error> {
        let mut result = then;
        for &(comparison, a, b) in all.iter().rev() {
            result = self.nodes.add(Node::Choose(comparison, [a, b, result, otherwise]))?;
        }
        Ok(result)
    }

    /// `a ? b : c`, or less.
    fn term(&mut self) -> Result<Term, Error> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let what = "levels of nesting";
            return Err(FormulaError::TooLarge { what, actual: None, limit: MAX_NESTING }.into());
        }
        let first = self.at;
        let condition = self.comparison()?;
        let term = if self.peek() == Some(&Token::Sign("?")) {
            let Term::Condition(all) = condition else { return Err(self.expected("a comparison before ?")) };
            self.at += 1;
            let then = self.value()?;
            self.require(":")?;
            let otherwise = self.value()?;
            let chosen = self.choose(&all, then, otherwise);
            Term::Value(self.made(first, chosen)?)
        } else {
            condition
        };
        self.nesting -= 1;
        Ok(term)
    }

    /// `a < b`, `a < b <= c`, one of these in parentheses, or a sum.
    fn comparison(&mut self) -> Result<Term, Error> {
        let begin = self.at;
        let first = self.sum()?;
        let mut all = Vec::new();
        let mut left = None;
        while let Some(comparison) = self.comparison_sign() {
            let a = match left {
                Some(left) => left,
                None => first,
            };
            let b = self.sum()?;
            all.push((comparison, a, b));
            left = Some(b);
        }
        if all.is_empty() {
            let condition = self.closed.take().filter(|(tokens, _)| *tokens == (begin..self.at));
            return Ok(condition.map_or(Term::Value(first), |(_, condition)| Term::Condition(condition)));
        }
        Ok(Term::Condition(all))
    }

    fn comparison_sign(&mut self) -> Option<Comparison> {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let all = [Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual];
        all.into_iter().find(|comparison| self.take(comparison.symbol()))
    }

    fn sum(&mut self) -> Result<Id, Error> {
        self.left_associative(&[("+", Binary::Add), ("-", Binary::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Id, Error> {
        self.left_associative(&[("*", Binary::Multiply), ("/", Binary::Divide)], Self::signed)
    }

    /// What binds tighter, and these signs between.
    fn left_associative(
        &mut self,
        signs: &[(&'static str, Binary)],
        tighter: fn(&mut Self) -> Result<Id, Error>,
    ) -> Result<Id, Error> {
        let first = self.at;
        let mut result = tighter(self)?;
        while let Some((_, binary)) = signs.iter().find(|(sign, _)| self.take(sign)) {
            let next = tighter(self)?;
            let made = self.nodes.binary(*binary, result, next);
            result = self.made(first, made)?;
        }
        Ok(result)
    }

    /// -x^2 is -(x^2).
    fn signed(&mut self) -> Result<Id, Error> {
        let mut negative = false;
        while self.take("-") {
            negative = !negative;
        }
        let power = self.power()?;
        if negative { Ok(self.nodes.add(Node::Negate(power))?) } else { Ok(power) }
    }

    fn power(&mut self) -> Result<Id, Error> {
        let first = self.at;
        let base = self.atom()?;
        if !self.take("^") {
            return Ok(base);
        }
        let exponent = self.exponent()?;
        let made = self.nodes.power(base, exponent);
        self.made(first, made)
    }

    /// `2`, `-0.5`, `(1/2)`: what may be an exponent.
    fn exponent(&mut self) -> Result<f32, Error> {
        let first = self.at;
        let negative = self.take("-");
        let id = self.atom()?;
        let expected = "an exponent that is a number (for one that varies and x > 0: exp(p * log(x)))";
        let value = self.nodes.value(id).ok_or_else(|| syntax(self.text, self.place_of(first), expected))?;
        let exponent = if negative { -value } else { value };
        self.made(first, check_exponent(exponent))?;
        Ok(exponent)
    }

    fn atom(&mut self) -> Result<Id, Error> {
        let first = self.at;
        match self.peek().cloned() {
            Some(Token::Number(value)) => {
                self.at += 1;
                Ok(self.nodes.number(value as f32)?)
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                let inner = self.term()?;
                self.require(")")?;
                self.closed = match &inner {
                    Term::Condition(condition) => Some((first..self.at, condition.clone())),
                    Term::Value(_) => None,
                };
                let value = self.valued(inner);
                self.made(first, value)
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                if self.take("(") {
                    return self.call(&name, first);
                }
                let named = self.named(&name);
                self.made(first, named)
            }
            _ => Err(self.expected("a number, a name, \"-\" or \"(\"")),
        }
    }

    /// An operand, or what a clause defines.
    fn named(&mut self, name: &str) -> Result<Id, Error> {
        let view = self.view()?;
        match (self.defined.get(name), name) {
            (Some(id), _) if view == View::Element => Ok(*id),
            (Some(_), _) => Err(FormulaError::name_twice(name).into()),
            (None, "pi") => Ok(self.nodes.number(std::f32::consts::PI)?),
            (None, "inf") => Ok(self.nodes.limit(f32::INFINITY)?),
            (None, _) => Ok(self.nodes.operand(name, view)?),
        }
    }

    /// A function's arguments, up to its closing parenthesis: values, and `name=value`.
    fn call(&mut self, name: &str, first: usize) -> Result<Id, Error> {
        let mut arguments: Vec<(Option<String>, Id)> = Vec::new();
        while !self.take(")") {
            if !arguments.is_empty() && !self.take(",") {
                return Err(self.expected("\",\" or \")\""));
            }
            let named = match (self.peek(), self.tokens.get(self.at + 1)) {
                (Some(Token::Name(name)), Some((Token::Sign("="), _))) => Some(name.clone()),
                _ => None,
            };
            self.at += if named.is_some() { 2 } else { 0 };
            let value = self.value()?;
            arguments.push((named, value));
        }
        let place = self.place_of(first);
        let made = functions::call(&mut self.nodes, name, place, &arguments);
        self.made(first, made)
    }
}

fn one_letter(name: &str) -> Option<char> {
    let mut characters = name.chars();
    let letter = characters.next().filter(char::is_ascii_lowercase)?;
    characters.next().is_none().then_some(letter)
}
