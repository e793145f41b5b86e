//! Text as one looks for it: without regard to case and diacritics, by the beginnings of words.

use unicode_normalization::UnicodeNormalization as _;

/// Without regard to case and diacritics.
pub(super) fn folded(text: &str) -> String {
    let marks = |c: &char| !unicode_normalization::char::is_combining_mark(*c);
    text.nfd()
        .filter(marks)
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ı' { 'i' } else { c })
        .collect()
}

/// The words of what is looked for, folded.
pub(super) fn wanted(query: &str) -> Vec<String> {
    folded(query).split_whitespace().map(str::to_owned).collect()
}

/// Whether each of the words begins a word of the texts.
pub(super) fn begin(texts: &[&str], wanted: &[String]) -> bool {
    let text = folded(&texts.join(" "));
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    wanted
        .iter()
        .all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    // O6
    #[test]
    fn names_are_found_without_diacritics_and_case() {
        assert_eq!(folded("Yıldız Één"), "yildiz een");
    }
}
