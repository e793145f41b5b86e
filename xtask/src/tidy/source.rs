//! Reading source by line: what is code, what is a comment, and what belongs to tests.

/// A line of Rust, TypeScript or Svelte, split where its line comment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Counts from 1.
    pub(crate) number: usize,
    pub(crate) code: &'a str,
    /// Without its slashes. A file's own documentation (`//!`) is not the comment of any line.
    pub(crate) comment: &'a str,
}

pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().map(|(index, line)| {
        let (code, comment) = split(line);
        let comment = if comment.starts_with("//!") { "" } else { comment };
        Line {
            number: index + 1,
            code: code.trim(),
            comment: comment.trim_start_matches(['/', '!']).trim(),
        }
    })
}

/// A comment begins at two slashes that are neither inside quotes nor part of an address.
fn split(line: &str) -> (&str, &str) {
    let trimmed = line.trim_start();
    if trimmed.starts_with("* ") || trimmed.starts_with("/*") {
        return ("", trimmed.trim_start_matches(['/', '*']));
    }
    let mut quote = None;
    let mut previous = '\0';
    for (at, character) in line.char_indices() {
        match quote {
            Some(open) if character == open && previous != '\\' => quote = None,
            None if matches!(character, '"' | '`') => quote = Some(character),
            None if line[at..].starts_with("//") && previous != ':' => return line.split_at(at),
            _ => {}
        }
        previous = if previous == '\\' { '\0' } else { character };
    }
    (line, "")
}

/// Code with its double-quoted strings emptied: what stands in them is not done.
pub(crate) fn without_strings(code: &str) -> String {
    let mut kept = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for character in code.chars() {
        let quote = character == '"' && !escaped;
        if quote || !quoted {
            kept.push(character);
        }
        quoted ^= quote;
        escaped = character == '\\' && !escaped;
    }
    kept
}

pub(crate) fn is_source(path: &str) -> bool {
    [".rs", ".ts", ".js", ".mjs", ".svelte", ".css", ".sql", ".sh"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// Written by a program: nobody reads it from top to bottom, and nobody may edit it.
pub(crate) fn is_generated(path: &str) -> bool {
    path.starts_with("ui/src/lib/bindings/") || path.ends_with(".lock") || path.ends_with("package-lock.json")
}

/// A file that holds nothing but tests and what they stand on.
pub(crate) fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("tests/")
        || path.contains("/tests/")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
        || name.contains(".test.")
        || name.contains(".spec.")
}

/// The line from which a Rust file holds tests; by custom they stand at its end.
pub(crate) fn first_test_line(path: &str, text: &str) -> Option<usize> {
    if is_test_file(path) {
        return Some(1);
    }
    let mut after_mark = None;
    for line in lines(text) {
        match after_mark {
            // `#[cfg(test)] mod tests;` only names another file.
            Some(mark) if line.code.starts_with("mod ") && line.code.ends_with('{') => return Some(mark),
            Some(_) if line.code.starts_with("#[") || line.code.is_empty() => {}
            _ => after_mark = line.code.starts_with("#[cfg(test)]").then_some(line.number),
        }
    }
    None
}

/// Whether `word` stands in `text` with no letter, digit or underscore at either side.
pub(crate) fn names(text: &str, word: &str) -> bool {
    let inside = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(inside)
            && !text[at + word.len()..].chars().next().is_some_and(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_begins_outside_quotes_and_addresses() {
        let of = |line| lines(line).next().map(|line| (line.code, line.comment));
        assert_eq!(of("let a = 1; // why"), Some(("let a = 1;", "why")));
        assert_eq!(of("    /// P5: joining"), Some(("", "P5: joining")));
        assert_eq!(
            of("let a = \"// no\\\" // no\"; // yes"),
            Some(("let a = \"// no\\\" // no\";", "yes"))
        );
        assert_eq!(of("see(https://x.nl)"), Some(("see(https://x.nl)", "")));
        assert_eq!(of(" * P5 in a block"), Some(("", "P5 in a block")));
    }

    #[test]
    fn text_in_quotes_is_left_out() {
        assert_eq!(without_strings(r#"a("x \" y") + b("z")"#), r#"a("") + b("")"#);
    }

    #[test]
    fn tests_at_the_end_of_a_file_are_distinguished_from_the_rest() {
        assert_eq!(
            first_test_line("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n"),
            Some(2)
        );
        assert_eq!(
            first_test_line("a.rs", "#[cfg(test)]\nmod tests;\nfn a() {}\n"),
            None
        );
        assert_eq!(first_test_line("a.rs", "#[cfg(test)]\nfn sample() {}\n"), None);
        assert_eq!(first_test_line("crates/x/tests/a.rs", ""), Some(1));
        assert_eq!(first_test_line("ui/src/a.test.ts", ""), Some(1));
    }

    #[test]
    fn a_word_is_not_part_of_a_longer_one() {
        assert!(names("use reqwest::Client", "reqwest"));
        assert!(!names("no_reqwest_here", "reqwest"));
    }
}
