//! The functions of a Rust file: which are tests, what they assert and what they call.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Found, Weakness};
use crate::tidy::scan::{Code, Token, closings};

/// A function, as far as it matters to proofs.
#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    /// From its first attribute to its last brace.
    pub(super) span: Range<usize>,
    pub(super) is_test: bool,
    /// In a module that is compiled for tests.
    pub(super) in_tests: bool,
    /// Why it would prove nothing even if it asserted something.
    pub(super) weakness: Option<Weakness>,
    pub(super) asserts: Asserts,
    pub(super) calls: BTreeSet<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asserts {
    Nothing,
    /// Only where a condition of its own holds.
    Perhaps,
    Something,
}

/// Fail the test that they stand in unless something holds.
const ASSERTIONS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "assert_matches",
    "prop_assert",
    "prop_assert_eq",
    "prop_assert_ne",
    "ensure",
];
/// Fail it, and so assert that one does not come there.
const FAILURES: &[&str] = &["panic", "unreachable", "bail"];
/// Methods that do.
const REFUSED: &[&str] = &["unwrap_err", "expect_err"];

/// The attributes under which a test may be compiled: everywhere, or on the system that all steps run on.
const COMPILED: &[&str] = &[
    "cfg(test)",
    "cfg(unix)",
    "cfg(not(windows))",
    "cfg(target_os=\"linux\")",
    "cfg(all(test,unix))",
    "cfg(all(test,target_os=\"linux\"))",
    "cfg(all(unix,test))",
];

/// The item that a pair of braces belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brace {
    Block,
    Condition,
    Closure,
}

#[derive(Debug)]
struct Outer<'a> {
    closing: usize,
    attributes: Vec<&'a str>,
}

pub(super) fn functions<'a>(text: &'a str, code: &'a Code) -> Vec<Function<'a>> {
    let tokens = code.tokens();
    let closing = closings(&tokens);
    let reader = Reader {
        text,
        tokens: &tokens,
        closing: &closing,
    };
    reader.functions()
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

    fn functions(&self) -> Vec<Function<'a>> {
        let mut found = Vec::new();
        let mut outer: Vec<Outer<'a>> = vec![Outer {
            closing: self.tokens.len(),
            attributes: Vec::new(),
        }];
        let mut attributes: Vec<&'a str> = Vec::new();
        let mut from = None;
        let mut place = 0;
        while place < self.tokens.len() {
            outer.retain(|module| module.closing > place);
            let token = self.tokens[place];
            match token.text {
                "#" if self.is(place + 1, "[") || self.is(place + 1, "!") && self.is(place + 2, "[") => {
                    let open = if self.is(place + 1, "[") {
                        place + 1
                    } else {
                        place + 2
                    };
                    let Some(close) = self.closing[open] else { break };
                    let attribute = &self.text[self.tokens[open].at + 1..self.tokens[close].at];
                    if open == place + 1 {
                        from.get_or_insert(token.at);
                        attributes.push(attribute);
                    } else if let Some(module) = outer.last_mut() {
                        module.attributes.push(attribute);
                    }
                    place = close;
                }
                "mod" if self.is(place + 2, "{") => {
                    if let Some(closing) = self.closing[place + 2] {
                        let attributes = std::mem::take(&mut attributes);
                        outer.push(Outer { closing, attributes });
                    }
                    (from, place) = (None, place + 2);
                }
                "fn" => {
                    if let Some((body, name)) = self.body(place) {
                        let of_outer = outer.iter().flat_map(|module| module.attributes.iter().copied());
                        let from = from.unwrap_or_else(|| self.beginning(place));
                        found.push(self.function(name, from, &body, &attributes, of_outer.collect()));
                        // Functions inside are found, too.
                        place = body.start;
                    }
                    (attributes, from) = (Vec::new(), None);
                }
                ";" | "{" | "}" | "," | "=" => (attributes, from) = (Vec::new(), None),
                _ => {}
            }
            place += 1;
        }
        found
    }

    /// `pub(crate) async fn`: the first word of it.
    fn beginning(&self, function: usize) -> usize {
        let mut place = function;
        while place > 0
            && ["pub", "(", ")", "crate", "super", "async", "const"].contains(&self.tokens[place - 1].text)
        {
            place -= 1;
        }
        self.tokens[place].at
    }

    /// The braces of the function whose `fn` stands at a place, and its name.
    fn body(&self, function: usize) -> Option<(Range<usize>, &'a str)> {
        let name = self.tokens.get(function + 1)?;
        let mut place = function + 2;
        loop {
            match self.tokens.get(place)?.text {
                ";" => return None,
                "{" => return Some((place..self.closing[place]?, name.text)),
                "(" | "[" => place = self.closing[place]? + 1,
                _ => place += 1,
            }
        }
    }

    fn function(
        &self,
        name: &'a str,
        from: usize,
        body: &Range<usize>,
        attributes: &[&str],
        of_outer: Vec<&str>,
    ) -> Function<'a> {
        let inside = self.inside(body);
        let should_panic = attributes
            .iter()
            .any(|attribute| attribute.starts_with("should_panic"));
        let in_tests = of_outer.iter().any(|attribute| plain(attribute) == "cfg(test)");
        let all = || attributes.iter().copied().chain(of_outer.iter().copied());
        let weakness = if all().any(is_ignored) {
            Some(Weakness::LeftOut)
        } else if all()
            .any(|attribute| plain(attribute).starts_with("cfg(") && !COMPILED.contains(&&*plain(attribute)))
        {
            Some(Weakness::CompiledOut)
        } else if inside.returns_early {
            Some(Weakness::ReturnsEarly)
        } else {
            None
        };
        Function {
            name,
            span: from..self.tokens[body.end].at + 1,
            is_test: attributes.iter().any(|attribute| is_test(attribute)),
            in_tests,
            weakness,
            asserts: if should_panic {
                Asserts::Something
            } else {
                inside.asserts
            },
            calls: inside.calls,
        }
    }

    fn inside(&self, body: &Range<usize>) -> Inside<'a> {
        let mut braces: Vec<(usize, Brace)> = Vec::new();
        let mut inside = Inside::default();
        let mut returns = Vec::new();
        let mut last_assertion = 0;
        let mut place = body.start + 1;
        while place < body.end {
            while braces.last().is_some_and(|(closing, _)| *closing <= place) {
                braces.pop();
            }
            let token = self.tokens[place];
            match token.text {
                "{" => braces.push((
                    self.closing[place].unwrap_or(body.end),
                    self.brace(place, body.start),
                )),
                // A function inside is one of its own.
                "fn" => {
                    if let Some((body, _)) = self.body(place) {
                        place = body.end;
                    }
                }
                "return" if !self.is(place + 1, "Err") => {
                    if !braces.iter().any(|(_, brace)| *brace == Brace::Closure) {
                        returns.push(place);
                    }
                }
                word => {
                    let asserts = self.asserts(place, word);
                    if asserts {
                        let perhaps = ASSERTIONS.contains(&word)
                            && braces.iter().any(|(_, brace)| *brace == Brace::Condition);
                        let how = if perhaps {
                            Asserts::Perhaps
                        } else {
                            Asserts::Something
                        };
                        inside.asserts = inside.asserts.max(how);
                        last_assertion = place;
                    } else if self.is_called(place) {
                        inside.calls.insert(word);
                        last_assertion = place;
                    }
                }
            }
            place += 1;
        }
        inside.returns_early = returns.iter().any(|place| *place < last_assertion);
        inside
    }

    fn asserts(&self, place: usize, word: &str) -> bool {
        if REFUSED.contains(&word) {
            return self.is(place + 1, "(");
        }
        if !self.is(place + 1, "!") {
            return false;
        }
        FAILURES.contains(&word) || ASSERTIONS.contains(&word) && self.says_something(place + 2)
    }

    /// Whether what an assertion is about can be otherwise: something of a name is in it.
    fn says_something(&self, open: usize) -> bool {
        let Some(close) = self.closing.get(open).copied().flatten() else {
            return false;
        };
        self.tokens[open + 1..close].iter().any(|token| {
            let named = token
                .text
                .starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '$');
            named && !["true", "false"].contains(&token.text)
        })
    }

    /// `name(`, `name::<T>(` and `name!(`.
    fn is_called(&self, place: usize) -> bool {
        let word = self.tokens[place].text;
        if !word.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            return false;
        }
        self.is(place + 1, "(")
            || self.is(place + 1, "!")
            || self.is(place + 1, ":") && self.is(place + 2, ":") && self.is(place + 3, "<")
    }

    /// The item that the brace at a place belongs to, by the tokens before it.
    fn brace(&self, place: usize, body: usize) -> Brace {
        let before = |back: usize| place.checked_sub(back).map_or("", |at| self.tokens[at].text);
        if before(1) == "|" || before(1) == "async" || before(1) == "move" {
            return Brace::Closure;
        }
        // Back to where the statement begins, over whole brackets.
        let mut at = place;
        let mut closed = 0_usize;
        while at > body + 1 {
            at -= 1;
            match self.tokens[at].text {
                ")" | "]" | "}" if closed > 0 || self.tokens[at].text != "}" => closed += 1,
                "(" | "[" | "{" if closed > 0 => closed -= 1,
                "(" | "[" | "{" | "}" | ";" => return Brace::Block,
                "if" | "while" if closed == 0 => return Brace::Condition,
                _ => {}
            }
        }
        Brace::Block
    }
}

#[derive(Debug)]
struct Inside<'a> {
    asserts: Asserts,
    returns_early: bool,
    calls: BTreeSet<&'a str>,
}

impl Default for Inside<'_> {
    fn default() -> Self {
        Self {
            asserts: Asserts::Nothing,
            returns_early: false,
            calls: BTreeSet::new(),
        }
    }
}

/// `test`, `tokio::test(…)` and their like.
fn is_test(attribute: &str) -> bool {
    let path = attribute.split('(').next().unwrap_or_default().trim();
    path.rsplit("::").next().is_some_and(|last| last.trim() == "test")
}

fn is_ignored(attribute: &str) -> bool {
    let attribute = plain(attribute);
    let word = |text: &str| text == "ignore" || text.starts_with("ignore=");
    word(&attribute)
        || attribute
            .strip_prefix("cfg_attr(")
            .is_some_and(|rest| rest.split([',', ')', '(']).any(word))
}

/// Without white space.
fn plain(attribute: &str) -> String {
    attribute
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

/// The comments of a file with the function that each belongs to: it stands inside, or above with nothing between.
pub(super) fn found<'a>(code: &'a Code, functions: &'a [Function<'a>]) -> Vec<Found<'a, &'a Function<'a>>> {
    let owner = |from: usize, to: usize| {
        let inside = functions.iter().filter(|one| one.span.contains(&from));
        // The innermost: what stands in a function inside another is of that one.
        let inside = inside.min_by_key(|one| one.span.len());
        inside.or_else(|| {
            let below = functions.iter().filter(|one| one.span.start >= to);
            let next = below.min_by_key(|one| one.span.start)?;
            code.text[to..next.span.start].trim().is_empty().then_some(next)
        })
    };
    let comments = code.comments.iter().filter(|comment| !comment.of_file);
    comments
        .filter_map(|comment| {
            Some(Found {
                comment: &comment.text,
                of: owner(comment.from, comment.to)?,
            })
        })
        .collect()
}
