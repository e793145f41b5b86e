//! The tests of a file of vitest's: their titles, what they expect, and whether they are run.

use std::ops::Range;

use super::{Found, Weakness};
use crate::tidy::scan::{Code, Token, closings};

#[derive(Debug)]
pub(super) struct Test<'a> {
    /// As it is written, with the places that each case fills in.
    pub(super) title: &'a str,
    pub(super) span: Range<usize>,
    is_group: bool,
    pub(super) weakness: Option<Weakness>,
    expects: bool,
    calls: Vec<&'a str>,
}

/// Which say that a test is not run, or not everywhere, or is to fail.
const LEFT_OUT: &[&str] = &["skip", "todo", "skipIf", "runIf", "fails"];

/// The tests and groups of a file, and the functions in it that expect something.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) tests: Vec<Test<'a>>,
    /// Names of functions with an expectation in them.
    pub(super) expecting: Vec<&'a str>,
    /// All others, with what they call.
    pub(super) functions: Vec<(&'a str, Vec<&'a str>)>,
}

impl Test<'_> {
    pub(super) fn expects(&self, helper: &dyn Fn(&str) -> bool) -> bool {
        self.expects || self.calls.iter().any(|name| helper(name))
    }
}

pub(super) fn file<'a>(text: &'a str, code: &'a Code) -> File<'a> {
    let tokens = code.tokens();
    let closing = closings(&tokens);
    let reader = Reader {
        text,
        tokens: &tokens,
        closing: &closing,
    };
    let mut tests: Vec<_> = (0..tokens.len()).filter_map(|place| reader.test(place)).collect();
    // The properties of a group hold for all tests in it.
    for at in 0..tests.len() {
        let outer = tests.iter().find(|group| {
            group.is_group && group.weakness.is_some() && group.span.contains(&tests[at].span.start)
        });
        let weakness = outer.and_then(|group| group.weakness);
        tests[at].weakness = tests[at].weakness.or(weakness);
    }
    let named = (0..tokens.len()).filter_map(|place| reader.named(place));
    let (expecting, functions): (Vec<_>, Vec<_>) = named.partition(|(_, expects, _)| *expects);
    File {
        tests,
        expecting: expecting.into_iter().map(|(name, ..)| name).collect(),
        functions: functions
            .into_iter()
            .map(|(name, _, calls)| (name, calls))
            .collect(),
    }
}

struct Reader<'a, 't> {
    text: &'a str,
    tokens: &'t [Token<'a>],
    closing: &'t [Option<usize>],
}

impl<'a> Reader<'a, '_> {
    fn is(&self, place: usize, text: &str) -> bool {
        self.tokens.get(place).is_some_and(|token| token.text == text)
    }

    /// `it('title', …)`, `it.each([…])('title', …)`, `describe.skipIf(…)('title', …)`.
    fn test(&self, place: usize) -> Option<Test<'a>> {
        let runner = self.tokens[place];
        let is_group = matches!(runner.text, "describe" | "suite");
        if !is_group && !matches!(runner.text, "it" | "test") || place > 0 && self.is(place - 1, ".") {
            return None;
        }
        let (mut at, mut weakness) = (place + 1, None);
        loop {
            if self.is(at, ".") {
                let modifier = self.tokens.get(at + 1)?.text;
                if LEFT_OUT.contains(&modifier) {
                    weakness = Some(Weakness::LeftOut);
                }
                at += 2;
            } else if self.is(at, "(") && self.is(at + 1, "\"") {
                break;
            } else if self.is(at, "(") {
                at = self.closing[at]? + 1;
            } else {
                return None;
            }
        }
        let close = self.closing[at]?;
        let quote = self.tokens[at + 1].at;
        let end = self.tokens.get(at + 2)?.at;
        let title = self.text.get(quote + 1..end)?;
        let body = at + 3..close;
        if weakness.is_none() && !is_group && self.returns_early(&body) {
            weakness = Some(Weakness::ReturnsEarly);
        }
        Some(Test {
            title,
            span: runner.at..self.tokens[close].at + 1,
            is_group,
            weakness,
            expects: self.expects(&body),
            calls: self.calls(&body),
        })
    }

    /// `function name(…) {…}` and `const name = (…) => …`, with whether it expects something, and what it calls.
    fn named(&self, place: usize) -> Option<(&'a str, bool, Vec<&'a str>)> {
        let name = self.tokens.get(place + 1)?.text;
        let body = match self.tokens[place].text {
            "function" => {
                let mut at = place + 2;
                while !self.is(at, "(") {
                    at += 1;
                    self.tokens.get(at)?;
                }
                let mut open = self.closing[at]? + 1;
                while !self.is(open, "{") {
                    open += 1;
                    self.tokens.get(open)?;
                }
                open..self.closing[open]?
            }
            "const" if self.is(place + 2, "=") => {
                let mut at = place + 3;
                while !self.is(at, ";") {
                    at = self.closing.get(at)?.unwrap_or(at) + 1;
                }
                let arrow = (place + 3..at).any(|at| self.is(at, "=") && self.is(at + 1, ">"));
                arrow.then_some(place + 3..at)?
            }
            _ => return None,
        };
        Some((name, self.expects(&body), self.calls(&body)))
    }

    fn expects(&self, body: &Range<usize>) -> bool {
        body.clone().any(|place| self.is_expectation(place))
    }

    /// `expect(…)` of something that can be otherwise.
    fn is_expectation(&self, place: usize) -> bool {
        if !self.is(place, "expect") || place > 0 && self.is(place - 1, ".") {
            return false;
        }
        let open = (place + 1..place + 4).find(|at| self.is(*at, "("));
        let Some(close) = open.and_then(|open| self.closing[open]) else {
            return false;
        };
        self.tokens[place + 1..close].iter().any(|token| {
            let named = token
                .text
                .starts_with(|first: char| first.is_alphabetic() || "_$".contains(first));
            named && !["true", "false", "null", "undefined", "soft", "assertions"].contains(&token.text)
        })
    }

    fn calls(&self, body: &Range<usize>) -> Vec<&'a str> {
        let called = body.clone().filter(|place| self.is(place + 1, "("));
        called.map(|place| self.tokens[place].text).collect()
    }

    /// Whether the function that a test is may end before its last expectation.
    fn returns_early(&self, body: &Range<usize>) -> bool {
        let last = body
            .clone()
            .rev()
            .find(|place| self.is_expectation(*place))
            .unwrap_or(body.start);
        let mut functions: Vec<usize> = Vec::new();
        for place in body.start..last {
            functions.retain(|closing| *closing > place);
            if self.is(place, "{") && self.begins_function(place) {
                functions.push(self.closing[place].unwrap_or(body.end));
            }
            if self.is(place, "return") && functions.len() <= 1 {
                return true;
            }
        }
        false
    }

    /// `=> {` or `name(…) {`, where no `if` or its like is.
    fn begins_function(&self, place: usize) -> bool {
        if self.is(place - 1, ">") && self.is(place - 2, "=") {
            return true;
        }
        if !self.is(place - 1, ")") {
            return false;
        }
        let open = (0..place).rev().find(|at| self.closing[*at] == Some(place - 1));
        let before = open
            .and_then(|open| open.checked_sub(1))
            .map(|at| self.tokens[at].text);
        before.is_some_and(|word| !["if", "for", "while", "switch", "catch", "await"].contains(&word))
    }
}

/// The comments of a file with the tests that each belongs to: those of a group with all in it.
pub(super) fn found<'a>(code: &'a Code, file: &'a File<'a>) -> Vec<Found<'a, &'a Test<'a>>> {
    let mut found = Vec::new();
    for comment in code.comments.iter().filter(|comment| !comment.of_file) {
        let inside = file
            .tests
            .iter()
            .filter(|one| one.span.contains(&comment.from) && !one.is_group);
        let owner = inside.min_by_key(|one| one.span.len()).or_else(|| {
            let below = file.tests.iter().filter(|one| one.span.start >= comment.to);
            let next = below.min_by_key(|one| one.span.start)?;
            code.text[comment.to..next.span.start]
                .trim()
                .is_empty()
                .then_some(next)
        });
        let Some(owner) = owner else { continue };
        let those = file.tests.iter().filter(|one| {
            !one.is_group
                && (std::ptr::eq(*one, owner) || owner.is_group && owner.span.contains(&one.span.start))
        });
        found.extend(those.map(|of| Found {
            comment: &comment.text,
            of,
        }));
    }
    found
}
