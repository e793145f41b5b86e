//! The vocabulary: words that the code no longer uses for a concept that `docs/glossary.md` names, and comments and test
//! names without a subject.

use super::scan::Code;
use super::source::{is_generated, is_source};
use super::tree::Tree;
use super::{Check, Finding};

pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        name: "vocabulary",
        rule: "Each concept has one name, in identifiers and file names: that of docs/glossary.md.",
        way_out: "Use the word that the finding gives. If the old word means something else there, add it with the \
                  reason to ALLOWED in xtask/src/tidy/vocabulary.rs.",
        find: retired_words,
    },
    &Check {
        name: "subjects",
        rule: "A comment and a test name have a subject: a noun of the domain, not Who, Whoever, What or Whatever.",
        way_out: "Name the actor or the thing: \"A member who left reads nothing newer\", \"The bytes of a body count ...\". \
                  Say sent, notified or known for \"told\". Questions may stay.",
        find: without_subject,
    },
];

/// A word that is no longer used for a concept, and the words that are.
struct Retired {
    word: &'static str,
    instead: &'static str,
    /// Only as a whole identifier; otherwise also as a part of one (`door` in `DoorError` and `front_door`).
    whole: bool,
    /// The ends of the files that are checked.
    files: &'static [&'static str],
}

const EVERYWHERE: &[&str] = &[".rs", ".ts", ".js", ".mjs"];
/// The word has other meanings in the interface: a CSS value, a view's name on the API.
const RUST: &[&str] = &[".rs"];

const fn part(word: &'static str, instead: &'static str) -> Retired {
    Retired {
        word,
        instead,
        whole: false,
        files: EVERYWHERE,
    }
}

const fn whole(word: &'static str, instead: &'static str) -> Retired {
    Retired {
        word,
        instead,
        whole: true,
        files: EVERYWHERE,
    }
}

const fn rust(word: &'static str, instead: &'static str) -> Retired {
    Retired {
        word,
        instead,
        whole: false,
        files: RUST,
    }
}

const RETIRED: &[Retired] = &[
    part("door", "api, handle, extract or listener"),
    part("doors", "listeners"),
    part("desk", "shell, or desktop session"),
    part("seam", "platform or ports"),
    part("surroundings", "platform"),
    whole("signs", "indicators, or desktop status"),
    part("lane", "account state, or its revision"),
    whole("asker", "actor"),
    part("wish", "request"),
    part("wishes", "requests"),
    part("told", "sent, notified, published or described"),
    whole("hands", "page actions, or keyboard"),
    part("weather", "network faults"),
    part("portrait", "snapshot"),
    part("furniture", "desktop services"),
    part("house", "workspace, or fixture"),
    rust("truth", "sync status"),
    rust("stale", "invalidated, for a view that is out of date"),
    rust("stretch", "slice or range"),
    rust("stretches", "slices or ranges"),
    rust("rescued", "recovered"),
    rust("aside", "via_item, or quarantine"),
];

/// A file in which an old word means something else, or is a name that cannot change.
struct Allowed {
    word: &'static str,
    /// A file, or a folder with everything in it.
    path: &'static str,
    #[expect(dead_code, reason = "for readers of the table")]
    why: &'static str,
}

const fn allowed(word: &'static str, path: &'static str, why: &'static str) -> Allowed {
    Allowed { word, path, why }
}

const OUTBOX: &str = "OutboxState::Stale: a command that waited for more than a day, as stored";

const ALLOWED: &[Allowed] = &[
    allowed("stale", "crates/client/src", OUTBOX),
    allowed("stale", "tests", OUTBOX),
];

fn is_allowed(word: &str, path: &str) -> bool {
    ALLOWED.iter().any(|allowed| {
        let rest = path.strip_prefix(allowed.path);
        allowed.word == word && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn retired_words(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| !is_generated(path)) {
        let of_file: Vec<&Retired> = RETIRED
            .iter()
            .filter(|retired| retired.files.iter().any(|end| path.ends_with(end)))
            .filter(|retired| !is_allowed(retired.word, path))
            .collect();
        if of_file.is_empty() {
            continue;
        }
        let say = |retired: &Retired, name: &str| format!("{name}: say {}", retired.instead);
        for name in path.split('/') {
            let stem = name.split('.').next().unwrap_or_default();
            let parts: Vec<&str> = parts(stem).collect();
            for retired in of_file.iter().filter(|retired| retired.is_among(stem, &parts)) {
                findings.push(Finding::new(path, 0, say(retired, name)));
            }
        }
        let code = if path.ends_with(".rs") {
            Code::rust(text)
        } else {
            Code::script(text)
        };
        for (index, line) in code.text.lines().enumerate() {
            let names = line.split(|character: char| !(character.is_alphanumeric() || character == '_'));
            for name in names.filter(|name| !name.is_empty()) {
                let parts: Vec<&str> = parts(name).collect();
                for retired in of_file.iter().filter(|retired| retired.is_among(name, &parts)) {
                    findings.push(Finding::new(path, index + 1, say(retired, name)));
                }
            }
        }
    }
    findings
}

impl Retired {
    fn is_among(&self, name: &str, parts: &[&str]) -> bool {
        if self.whole {
            return name.eq_ignore_ascii_case(self.word);
        }
        parts.iter().any(|part| part.eq_ignore_ascii_case(self.word))
    }
}

/// The words of an identifier or a file name: of `DoorError`, `front_door` and `front-door`.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(['_', '-']).flat_map(|name| {
        let capitals = name
            .char_indices()
            .filter(|(at, character)| *at > 0 && character.is_uppercase());
        let mut starts: Vec<usize> = capitals.map(|(at, _)| at).collect();
        // A constant is one word, however many capitals it has.
        if !name.chars().any(char::is_lowercase) {
            starts.clear();
        }
        starts.insert(0, 0);
        starts.push(name.len());
        let ends = starts.clone();
        starts
            .into_iter()
            .zip(ends.into_iter().skip(1))
            .map(|(from, to)| &name[from..to])
    })
}

const SUBJECTS: &[&str] = &["Who", "Whoever", "Whom", "Whomever", "What", "Whatever"];
const NAMES: &[&str] = &["who_", "whoever_", "whom_", "what_", "whatever_"];
const ANYWHERE: &[&str] = &["told", "whoever", "Whoever"];

fn without_subject(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sources = tree
        .files()
        .filter(|(path, _)| is_source(path) && !is_generated(path) && !path.ends_with(".sql"));
    for (path, text) in sources {
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = in_comment(line) {
                let what = format!("a comment with \"{word}\"");
                findings.push(Finding::new(path, index + 1, what));
            }
            let function = line.split_once("fn ").filter(|(before, _)| !before.contains('"'));
            let name = function.map_or("", |(_, name)| name);
            if path.ends_with(".rs") && NAMES.iter().any(|start| name.starts_with(start)) {
                let name = name.split('(').next().unwrap_or_default();
                findings.push(Finding::new(path, index + 1, name));
            }
        }
    }
    findings
}

/// The word for which a comment that has a line of its own needs a subject.
fn in_comment(line: &str) -> Option<&'static str> {
    let line = line.trim();
    let starts = ["///", "//!", "//", "/**", "/*", "<!-- @component", "<!--", "* "];
    let comment = starts.iter().find_map(|start| line.strip_prefix(start))?.trim();
    let words = || comment.split(|character: char| !character.is_alphanumeric());
    let first = words().next().unwrap_or_default();
    let question = comment.contains('?');
    let subject = SUBJECTS
        .iter()
        .find(|subject| first == **subject && !question)
        .copied();
    subject.or_else(|| {
        ANYWHERE
            .iter()
            .find(|word| words().any(|other| other == **word))
            .copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retired(path: &str, text: &str) -> Vec<String> {
        retired_words(&Tree::sample(&[(path, text)]))
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    fn subjects(path: &str, text: &str) -> Vec<usize> {
        without_subject(&Tree::sample(&[(path, text)]))
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_retired_word_is_found_in_identifiers_and_file_names() {
        assert_eq!(
            retired("crates/a/src/a.rs", "enum DoorError {}\nlet front_door = 1;"),
            [
                "DoorError: say api, handle, extract or listener",
                "front_door: say api, handle, extract or listener"
            ]
        );
        assert_eq!(
            retired("ui/src/lib/door.ts", ""),
            ["door.ts: say api, handle, extract or listener"]
        );
        assert_eq!(retired("a.rs", "let signs = asker;").len(), 2);
    }

    #[test]
    fn a_retired_word_may_stand_in_texts_and_within_other_words() {
        assert_eq!(
            retired("a.rs", "// door\nlet a = \"door\"; outdoors(); signs_in();"),
            [""; 0]
        );
        assert_eq!(retired("ui/src/a.ts", "const stretch = stale;"), [""; 0]);
        assert_eq!(retired("crates/client/src/a.rs", "SendStale"), [""; 0]);
    }

    #[test]
    fn a_comment_without_a_subject_is_found() {
        assert_eq!(
            subjects(
                "a.rs",
                "/// Who left reads nothing newer.\n// What is sealed opens.\n//! Whatever"
            ),
            [1, 2, 3]
        );
        assert_eq!(
            subjects("ui/src/a.svelte", "<!-- What does not fit scrolls. -->"),
            [1]
        );
        assert_eq!(subjects("a.rs", "    // Its device is told at once."), [1]);
    }

    #[test]
    fn a_question_and_a_noun_may_begin_a_comment() {
        assert_eq!(
            subjects(
                "a.rs",
                "// What if it fails?\n/// A member who left.\n/// Whether it is open."
            ),
            [0; 0]
        );
    }

    #[test]
    fn a_test_name_without_a_subject_is_found() {
        assert_eq!(
            subjects(
                "a.rs",
                "fn who_left_reads_nothing() {}\nasync fn what_is_sealed_opens() {}"
            ),
            [1, 2]
        );
        assert_eq!(
            subjects("a.rs", "fn a_member_who_left_reads_nothing_newer() {}"),
            [0; 0]
        );
    }

    #[test]
    fn an_identifier_has_words() {
        let words = |name| parts(name).collect::<Vec<_>>();
        assert_eq!(words("DoorError"), ["Door", "Error"]);
        assert_eq!(words("front_door"), ["front", "door"]);
        assert_eq!(words("MOST_LANES"), ["MOST", "LANES"]);
        assert_eq!(words(""), [""]);
    }
}
