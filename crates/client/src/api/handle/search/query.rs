//! A query as it was typed into a search field: filters as `van:anna`, and the text beside them.

use crate::api::view::SearchFilter;

type Make = fn(String) -> SearchFilter;

/// The names of filters, as they are typed before a colon.
const NAMES: [(&str, Make); 13] = [
    ("van", from),
    ("from", from),
    ("in", within),
    ("voor", before),
    ("before", before),
    ("na", after),
    ("after", after),
    ("bijlage", attachment),
    ("attachment", attachment),
    ("bestand", attachment),
    ("file", attachment),
    ("onderdeel", item),
    ("item", item),
];

fn from(name: String) -> SearchFilter {
    let membership = None;
    SearchFilter::From { name, membership }
}

fn within(name: String) -> SearchFilter {
    let conversation = None;
    SearchFilter::In { name, conversation }
}

fn before(day: String) -> SearchFilter {
    SearchFilter::Before { day }
}

fn after(day: String) -> SearchFilter {
    SearchFilter::After { day }
}

fn attachment(name: String) -> SearchFilter {
    SearchFilter::Attachment { name }
}

fn item(name: String) -> SearchFilter {
    SearchFilter::Item { name, item: None }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

/// The filters in a query, and the rest of it. A filter of which nothing is typed yet does not count, but for that on files. What
/// stands in quotes is no filter.
pub(super) fn parse(query: &str) -> (Vec<SearchFilter>, String) {
    let (mut filters, mut text) = (Vec::new(), String::new());
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            text.push(' ');
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (token, after) = token(rest);
        rest = after;
        match filter(token) {
            Some(Some(filter)) => filters.push(filter),
            Some(None) => {}
            None => text.push_str(token),
        }
    }
    (filters, text.trim().to_owned())
}

/// All until a blank that stands outside of quotes, and what comes after.
fn token(text: &str) -> (&str, &str) {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        if is_quote(c) {
            is_quoted = !is_quoted;
        } else if c.is_whitespace() && !is_quoted {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// `None` of what is no filter, `Some(None)` of one that says nothing yet.
fn filter(token: &str) -> Option<Option<SearchFilter>> {
    let (name, value) = token.split_once(':')?;
    let name = matching::fold(name);
    let (_, make) = NAMES.iter().find(|(known, _)| *known == name)?;
    // Signs that other programs put before names of people and rooms.
    let value: String = value
        .trim_start_matches(['@', '~', '#'])
        .chars()
        .filter(|c| !is_quote(*c))
        .collect();
    let value = value.trim().to_owned();
    let filter = make(value.clone());
    let says_something = !value.is_empty() || matches!(filter, SearchFilter::Attachment { .. });
    Some(says_something.then_some(filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    // L4
    #[test]
    fn filters_are_read_in_both_languages_and_the_rest_is_text() {
        for (query, filters, text) in [
            ("wond van:anna links", vec![from("anna".into())], "wond  links"),
            (
                "FROM:\"Anna de Boer\" wond",
                vec![from("Anna de Boer".into())],
                "wond",
            ),
            (
                "van:@anna in:~wond",
                vec![from("anna".into()), within("wond".into())],
                "",
            ),
            (
                "voor:3-3-2025 na:2024",
                vec![before("3-3-2025".into()), after("2024".into())],
                "",
            ),
            ("bijlage: foto", vec![attachment(String::new())], "foto"),
            ("bijlage:foto", vec![attachment("foto".into())], ""),
            ("onderdeel:melding", vec![item("melding".into())], ""),
            ("item:\"val van trap", vec![item("val van trap".into())], ""),
            ("van:", vec![], ""),
            ("van: wond", vec![], "wond"),
            ("\"van:anna\"", vec![], "\"van:anna\""),
            (
                "tijd 14:30 https://a.example",
                vec![],
                "tijd 14:30 https://a.example",
            ),
            ("-van:anna NEAR(wond", vec![], "-van:anna NEAR(wond"),
            ("\"wond links", vec![], "\"wond links"),
            ("   ", vec![], ""),
            (":::", vec![], ":::"),
        ] {
            assert_eq!(parse(query), (filters, text.to_owned()), "{query}");
        }
    }
}
