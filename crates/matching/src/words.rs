//! The words of what can be found.
//!
//! A word is a run of characters between blanks, hyphens, apostrophes, dots and the like. One person's single
//! word may be another's several, so a run of words may be matched as if nothing stood between them: `obrien`
//! and `o brien` find O'Brien, `smit jansen` and `smitjansen` find Smit-Jansen, `van den berg` finds
//! Vandenberg. `v.d.` in a name or in a query is van den, van der or van de; so with the other abbreviations
//! of this kind.

use crate::fold::tokens;
use crate::forgiving::{Forgiving, Initials};

/// Abbreviations within names, as words, and what they stand for. The longest first.
pub(crate) const ABBREVIATIONS: &[(&[&str], &[&[&str]])] = &[
    (&["van", "d"], &[&["van", "den"], &["van", "der"], &["van", "de"]]),
    (&["v", "d"], &[&["van", "den"], &["van", "der"], &["van", "de"]]),
    (&["v", "h"], &[&["van", "het"], &["van", "t"]]),
    (&["v", "t"], &[&["van", "t"], &["van", "het"]]),
    (&["a", "d"], &[&["aan", "den"], &["aan", "de"], &["aan", "der"]]),
    (&["i", "d"], &[&["in", "den"], &["in", "de"], &["in", "der"]]),
    (&["i", "t"], &[&["in", "t"], &["in", "het"]]),
    (&["o", "d"], &[&["op", "den"], &["op", "de"], &["op", "der"]]),
    (&["u", "d"], &[&["uit", "den"], &["uit", "de"], &["uit", "der"]]),
    (&["vd"], &[&["van", "den"], &["van", "der"], &["van", "de"]]),
    (&["vh"], &[&["van", "het"], &["van", "t"]]),
    (&["vt"], &[&["van", "t"], &["van", "het"]]),
    (&["v"], &[&["van"], &["von"]]),
    (&["t"], &[&["het"]]),
    (&["het"], &[&["t"]]),
];

/// The words of a text with one blank between them: equal for names that one would take for the same, and what lists are
/// put in order by.
///
/// ```
/// assert_eq!(matching::plain(" Smit–Jansen"), matching::plain("SMIT JANSEN"));
/// ```
pub fn plain(text: &str) -> String {
    tokens(text).join(" ")
}

/// The words of a text as they may be matched as one: as they stand, and with each abbreviation as what it may stand for.
///
/// ```
/// let runs = matching::runs("v. Dijk");
/// assert_eq!(runs, [["van", "dijk"], ["von", "dijk"], ["v", "dijk"]]);
/// ```
pub fn runs(text: &str) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut runs: Vec<Vec<String>> = (0..)
        .map_while(|turn| written_out(&tokens, turn))
        .map(|run| run.into_iter().map(str::to_owned).collect())
        .collect();
    runs.push(tokens);
    runs
}

/// The words of what can be found, ready to be looked in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Runs of words without anything between them, each run ended by a blank.
    text: String,
    /// The start of each word.
    starts: Vec<usize>,
    /// Of a person's name; empty for anything else.
    initials: Initials,
}

impl Words {
    /// Of all these texts: words of one may be matched as one word, words of several may not.
    pub fn of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Words {
        let mut words = Words::default();
        for text in texts {
            for run in runs(text.as_ref()) {
                words.push(&run);
            }
        }
        words
    }

    /// With the initials of a person, whose name is one of the texts: they are forgiven, not exact.
    #[must_use]
    pub fn with_initials(self, initials: Initials) -> Words {
        Words { initials, ..self }
    }

    fn push(&mut self, run: &[String]) {
        for word in run {
            self.starts.push(self.text.len());
            self.text.push_str(word);
        }
        self.text.push(' ');
    }

    pub(crate) fn begin(&self, wanted: &str) -> bool {
        let text = self.text.as_bytes();
        let at = |start: &usize| {
            text.get(*start..)
                .is_some_and(|rest| rest.starts_with(wanted.as_bytes()))
        };
        self.starts.iter().any(at)
    }

    /// Whether a typed word is close to one of these, or to the initials.
    pub(crate) fn forgive(&self, typed: &str) -> bool {
        let Some(mut forgiving) = Forgiving::of(typed) else {
            return false;
        };
        self.initials.are(&forgiving) || self.each().any(|word| forgiving.is_for(word))
    }

    fn each(&self) -> impl Iterator<Item = &str> {
        let ends = self.starts.iter().skip(1).copied().chain([self.text.len()]);
        self.starts.iter().zip(ends).filter_map(|(start, end)| {
            let word = self.text.get(*start..end)?;
            Some(word.trim_end_matches(' '))
        })
    }
}

/// The words with each abbreviation as what it stands for; the `turn`-th where it may be several. `None` where there is no
/// abbreviation that stands for so many.
fn written_out(tokens: &[String], turn: usize) -> Option<Vec<&str>> {
    let mut written = Vec::new();
    let mut rest = tokens;
    let mut most = 0;
    while let Some((first, others)) = rest.split_first() {
        let begins =
            |short: &[&str]| rest.len() >= short.len() && short.iter().zip(rest).all(|(a, b)| a == b);
        match ABBREVIATIONS.iter().find(|(short, _)| begins(short)) {
            Some((short, long)) => {
                most = most.max(long.len());
                written.extend_from_slice(long.get(turn).or(long.last())?);
                rest = rest.get(short.len()..)?;
            }
            None => {
                written.push(first.as_str());
                rest = others;
            }
        }
    }
    (turn < most).then_some(written)
}
