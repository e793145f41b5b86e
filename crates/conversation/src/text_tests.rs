use proptest::prelude::*;

use super::*;

/// Shows spans as text: `/italic/`, `[bold]`, `{both}`, `<link>`, `@` for a mention.
fn shown(text: &Text) -> String {
    text.spans()
        .into_iter()
        .map(|span| {
            let inner = match span.what {
                What::Text { text } => text,
                What::Link { url } => format!("<{url}>"),
                What::Item { .. } => "<item>".into(),
                What::Mention { .. } => "@".into(),
            };
            match (span.italic, span.bold) {
                (false, false) => inner,
                (true, false) => format!("/{inner}/"),
                (false, true) => format!("[{inner}]"),
                (true, true) => format!("{{{inner}}}"),
            }
        })
        .collect()
}

// M1
#[test]
fn stars_that_touch_a_word_on_its_outside_are_formatting_and_all_else_is_literal() {
    for (body, expected) in [
        ("*schuin*", "/schuin/"),
        ("**vet**", "[vet]"),
        ("***beide***", "{beide}"),
        ("2*3*4", "2*3*4"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("een *woord* en **nog een**.", "een /woord/ en [nog een]."),
        ("**vet met *schuin* erin**", "[vet met ]{schuin}[ erin]"),
        ("*open zonder einde", "*open zonder einde"),
        ("*een alinea\n\nverder*", "*een alinea\n\nverder*"),
        ("*een regel\nverder*", "/een regel\nverder/"),
        ("****vier****", "****vier****"),
        ("(*haakjes*)", "(/haakjes/)"),
        ("*één*twee", "*één*twee"),
        ("**", "**"),
        ("* *", "* *"),
        ("*a **b* c**", "/a **b/ c**"),
        ("<b>*x*</b>", "<b>/x/</b>"),
    ] {
        assert_eq!(shown(&body.into()), expected, "{body}");
    }
}

// M1, M5
#[test]
fn addresses_and_item_links_become_links_without_the_sentence_around_them() {
    let item = "overleg://item/018f0000-0000-7000-8000-000000000001";
    for (body, expected) in [
        (
            "zie https://voorbeeld.nl/a_(b).",
            "zie <https://voorbeeld.nl/a_(b)>.",
        ),
        ("(https://voorbeeld.nl)", "(<https://voorbeeld.nl>)"),
        ("http://onveilig.nl", "http://onveilig.nl"),
        ("javascript://https://x", "javascript://<https://x>"),
        ("xhttps://voorbeeld.nl", "xhttps://voorbeeld.nl"),
        ("**https://voorbeeld.nl/*a*b**", "[<https://voorbeeld.nl/*a*b>]"),
        ("https://", "https://"),
        ("é://", "é://"),
        (item, "<item>"),
        ("overleg://item/niets", "overleg://item/niets"),
    ] {
        assert_eq!(shown(&body.into()), expected, "{body}");
    }
}

// M1
#[test]
fn a_text_is_refused_when_empty_too_long_or_unprintable() {
    let of = |body: &str| Text::from(body).check();
    assert_eq!(of(""), Err(Refusal::TextEmpty));
    assert_eq!(of(" \n\t\u{200B}\u{FEFF}"), Err(Refusal::TextEmpty));
    assert_eq!(of(&"é".repeat(LONGEST_TEXT)), Ok(()));
    assert_eq!(of(&"é".repeat(LONGEST_TEXT + 1)), Err(Refusal::TextTooLong));
    assert_eq!(of("bel\u{7}"), Err(Refusal::TextHasControlCharacters));
    assert_eq!(of("regel\r\n"), Err(Refusal::TextHasControlCharacters));
    assert_eq!(of("hoi \u{FFFC}"), Err(Refusal::TextMentionsBroken));
    assert_eq!(of("\u{202E}omgekeerd"), Ok(()));
}

// S2
#[test]
fn a_subject_has_up_to_two_hundred_characters_on_one_line() {
    assert_eq!(check_subject(&"w".repeat(200)), Ok(()));
    assert_eq!(check_subject(&"w".repeat(201)), Err(Refusal::SubjectTooLong));
    assert_eq!(check_subject("  "), Err(Refusal::SubjectMissing));
    assert_eq!(check_subject("a\nb"), Err(Refusal::SubjectHasControlCharacters));
}

// M1
#[test]
fn many_stars_without_an_end_cost_no_more_than_their_number() {
    let body = "*a ".repeat(6_600);
    assert_eq!(shown(&body.as_str().into()), body);
    let body = "*a **b ".repeat(2_800);
    assert_eq!(shown(&body.as_str().into()), body);
}

proptest! {
    // M1
    #[test]
    fn what_is_cleaned_holds_nothing_unprintable(pasted in "(?s:[\\x00-\\x1f\\x7f-\u{9f}\u{2028}\u{2029}\u{FFFC}]|.){0,40}") {
        let cleaned = clean(&pasted);
        prop_assert!(!cleaned.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || c == MENTION));
        prop_assert_eq!(clean(&cleaned), cleaned.clone());
    }

    // M1
    #[test]
    fn spans_hold_every_character_but_the_stars_that_format(body in "[a*\\n h:/.@\u{FFFC}é]{0,60}") {
        let places = body.chars().filter(|&c| c == MENTION).count();
        let id: MembershipId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let text = Text { body: body.clone(), mentions: vec![id; places] };
        let joined: String = text.spans().into_iter().map(|span| match span.what {
            What::Text { text } => text,
            What::Link { url } => url,
            What::Item { .. } => String::new(),
            What::Mention { .. } => MENTION.into(),
        }).collect();
        let without = |s: &str| s.replace('*', "");
        prop_assert_eq!(without(&joined), without(&body));
    }
}
