use std::cell::Cell;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn steps(taken: usize) {
    STEPS.with(|steps| steps.set(steps.get() + taken));
}

/// How often something of a text is looked at until it is known how it is shown.
fn steps_of(body: &str) -> usize {
    STEPS.with(|steps| steps.set(0));
    let shown = MessageText::from(body).spans();
    assert!(shown.len() <= body.len());
    STEPS.with(Cell::get)
}

/// Shows spans as text: `/italic/`, `[bold]`, `{both}`, `<link>`, `@` for a mention.
fn shown(text: &MessageText) -> String {
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
    let of = |body: &str| MessageText::from(body).check();
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
    assert_eq!(subject(&"w".repeat(200)), Ok("w".repeat(200)));
    assert_eq!(subject(&"w".repeat(201)), Err(Refusal::SubjectTooLong));
    // Characters count, of whatever size; and bytes only where there are far too many.
    assert_eq!(subject(&"\u{20000}".repeat(200)), Ok("\u{20000}".repeat(200)));
    let after_blanks = |bytes: usize| subject(&format!("{:>bytes$}", "w"));
    assert_eq!(after_blanks(1_600), Ok("w".into()));
    assert_eq!(after_blanks(1_601), Err(Refusal::SubjectTooLong));
    assert_eq!(subject("  "), Err(Refusal::SubjectMissing));
    assert_eq!(subject("a\nb"), Err(Refusal::SubjectHasControlCharacters));
}

// M1
#[test]
fn a_star_in_the_middle_of_a_sign_is_no_star() {
    let keycap = "*\u{FE0F}\u{20E3}";
    for (body, expected) in [
        (format!("({keycap})"), format!("({keycap})")),
        (
            format!("({keycap}) en ({keycap})"),
            format!("({keycap}) en ({keycap})"),
        ),
        ("*\u{20E3}een*\u{20E3}".into(), "*\u{20E3}een*\u{20E3}".into()),
        (format!("*druk op {keycap}*"), format!("/druk op {keycap}/")),
        (format!("**{keycap}**"), format!("[{keycap}]")),
        (format!("{keycap}*vet*"), format!("{keycap}/vet/")),
        ("*\u{301}een*\u{301}".into(), "*\u{301}een*\u{301}".into()),
        ("*a*\u{200D}".into(), "*a*\u{200D}".into()),
    ] {
        assert_eq!(shown(&body.as_str().into()), expected, "{body}");
    }
}

// M1
#[test]
fn a_letter_is_one_whether_its_accent_was_typed_with_it_or_after_it() {
    for body in [
        "café*s*",
        "*s*é",
        "*één*twee",
        "(*é*)",
        "é*a*b*",
        "éhttps://voorbeeld.nl",
        "https://voorbeeld.nl/a≮b",
    ] {
        let decomposed: String = body.nfd().collect();
        assert_ne!(body, decomposed);
        let composed = shown(&body.into());
        assert_eq!(
            shown(&decomposed.as_str().into()).nfc().collect::<String>(),
            composed,
            "{body}"
        );
    }
    assert_eq!(shown(&"cafe\u{301}*s*".into()), "cafe\u{301}*s*");
}

const FAMILY: &str = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}";
const FLAG: &str = "\u{1F1F3}\u{1F1F1}";

// N1
#[test]
fn a_preview_is_never_cut_inside_a_sign() {
    let preview = |body: &str, longest| MessageText::from(body).preview(longest, |_| String::new());
    for sign in [
        FAMILY,
        FLAG,
        "e\u{301}",
        "*\u{FE0F}\u{20E3}",
        "\u{1F44D}\u{1F3FD}",
        "ก็",
        "한",
    ] {
        for before in 110..125 {
            let body = "x".repeat(before) + &sign.repeat(3) + "einde";
            let cut = preview(&body, 120);
            let cut = cut.strip_suffix('…').unwrap_or(&cut);
            assert!(
                body.graphemes(true)
                    .take(120)
                    .collect::<String>()
                    .starts_with(cut),
                "{cut}"
            );
            assert!(is_boundary(&body, cut.len()), "{cut}");
            assert_eq!(cut.graphemes(true).count(), body.graphemes(true).count().min(120));
        }
    }
    assert_eq!(preview(&FAMILY.repeat(121), 120), FAMILY.repeat(120) + "…");
    // As many signs of either form.
    assert_eq!(preview(&"e\u{301}".repeat(120), 120), "e\u{301}".repeat(120));
    // A sign without an end is cut all the same.
    let tower = "e".to_owned() + &"\u{301}".repeat(19_000);
    assert!(preview(&tower, 120).len() < 4_200);
    assert!(preview(&(FAMILY.to_owned() + &tower), 120).starts_with(&(FAMILY.to_owned() + "…")));
}

// M1
#[test]
fn a_preview_shows_text_after_much_white_space() {
    let body = "\n".repeat(5_000) + "**Hb 4**" + &" ".repeat(9_000) + "*koorts*";
    assert_eq!(
        MessageText::from(body.as_str()).preview(120, |_| String::new()),
        "Hb 4 koorts"
    );
}

// S3
#[test]
fn a_text_cut_to_some_characters_holds_whole_signs_only() {
    assert_eq!(cut("kort", 200), "kort");
    assert_eq!(cut(&("x".repeat(199) + FLAG), 200), "x".repeat(199));
    assert_eq!(cut(&("x".repeat(198) + FLAG), 200), "x".repeat(198) + FLAG);
    let tower = "e".to_owned() + &"\u{301}".repeat(300);
    assert_eq!(cut(&tower, 200).chars().count(), 200);
}

// M1
#[test]
fn a_separator_of_two_doses_still_separates_them_when_pasted() {
    for (separator, stays) in [
        ("\n", "\n"),
        ("\t", "\t"),
        ("\r", "\n"),
        ("\r\n", "\n"),
        ("\n\r", "\n\n"),
        ("\u{B}", "\n"),
        ("\u{C}", "\n"),
        ("\u{1C}", "\n"),
        ("\u{1D}", "\n"),
        ("\u{1E}", "\n"),
        ("\u{1F}", "\t"),
        ("\u{85}", "\n"),
        ("\u{2028}", "\n"),
        ("\u{2029}", "\n"),
        ("\0", " "),
        ("\u{1}", " "),
        ("\u{8}", " "),
        ("\u{7F}", " "),
        ("\u{9B}", " "),
        ("\u{FFFC}", " "),
        ("\0\0", " "),
        (" \0", " "),
        ("\0 ", " "),
        ("\0\u{B}", "\n"),
        ("\u{B}\0", "\n"),
    ] {
        let pasted = format!("5 mg{separator}2dd 10 mg");
        assert_eq!(clean(&pasted), format!("5 mg{stays}2dd 10 mg"), "{separator:?}");
        let line = if stays == "\n\n" || stays.len() == 1 {
            " "
        } else {
            stays
        };
        assert_eq!(one_line(&pasted), format!("5 mg{line}2dd 10 mg"), "{separator:?}");
    }
    assert_eq!(clean("\u{1}Bel\u{7}\u{7}"), "Bel");
    assert_eq!(
        one_line("\n Hb\u{B} < 6 \n\n\u{2028}en  RR \r\n"),
        "Hb < 6 en  RR"
    );
}

// M1, P8
#[test]
fn a_text_as_it_was_typed_keeps_its_mentions() {
    let tidied = |body: &str| MessageText::from(body).tidied().body;
    assert_eq!(tidied("\u{FFFC}\u{B}5 mg\u{0}2dd"), "\u{FFFC}\n5 mg 2dd");
}

// M1
#[test]
fn line_breaks_of_other_programs_are_shown_as_line_breaks() {
    assert_eq!(
        shown(&"5 mg\u{2028}*2dd*\u{2029}10 mg".into()),
        "5 mg\n/2dd/\n10 mg"
    );
    assert_eq!(subject("5 mg\u{2028}2dd"), Ok("5 mg 2dd".into()));
}

/// Texts that are made to be slow, of about so many characters.
fn shapes(characters: usize) -> Vec<(&'static str, String)> {
    let filled = |begin: &str, again: &str, end: &str| {
        let room = characters.saturating_sub(begin.chars().count() + end.chars().count());
        begin.to_owned() + &again.repeat(room / again.chars().count()) + end
    };
    let item = "overleg://item/018f0000-0000-7000-8000-000000000001";
    vec![
        ("an address and brackets that close", filled("https://a", ")", "")),
        ("and something after them", filled("https://a", ")", "b")),
        ("brackets of both kinds", filled("https://a", ")]", "")),
        ("brackets that open and close", filled("https://a", "()", ".")),
        ("an address and full stops", filled("https://a", ".", "b")),
        ("addresses in one another", filled("", "https://", "")),
        ("words before addresses", filled("", "xhttps://", "")),
        ("addresses of another kind", filled("", "x://", ")")),
        ("addresses without a host", filled("", "https://(", "")),
        ("item links that are none", filled("", "overleg://item/", ")")),
        ("item links and brackets", filled("", &format!("{item})"), "x")),
        ("an item link and brackets", filled(item, ")", "x")),
        ("addresses apart", filled("", "https://a) ", "")),
        ("stars that open", filled("", "*a ", "")),
        ("stars that close", filled("", "a* ", "")),
        ("stars of two lengths", filled("", "*a **b ", "")),
        ("stars of three lengths", filled("", "*a **b ***c ", "")),
        ("stars within stars", filled("", "*a **b ***c d*** e** f* ", "")),
        ("stars in paragraphs", filled("", "*a\n\n", "")),
        ("stars in a row", filled("", "*", "")),
        ("stars with keycaps", filled("", "**\u{FE0F}\u{20E3}", "")),
        ("stars and a tower of accents", filled("*a", "\u{301}", "*")),
        ("stars and flags", filled("*", "\u{1F1F3}", "*a*")),
        ("square brackets", filled("", "[", "")),
        ("brackets", filled("", "(", "")),
        ("at signs", filled("", "@", "")),
        ("blank lines", filled("", "\n", "")),
        ("mentions", filled("", "\u{FFFC}", "")),
        ("letters with accents after them", filled("", "e\u{301}*a* ", "")),
    ]
}

// M1
#[test]
fn a_text_ten_times_as_long_takes_ten_times_the_steps_for_any_content() {
    for ((name, short), (_, long)) in shapes(2_000).into_iter().zip(shapes(20_000)) {
        assert!(MessageText::from(long.as_str()).body.chars().count() <= LONGEST_TEXT);
        let (short, long) = (steps_of(&short), steps_of(&long));
        assert!(long <= short * 11 + 100, "{name}: {short} steps and {long}");
        assert!(long <= 20_000 * 40, "{name}: {long} steps");
    }
}

// M1
#[test]
fn many_stars_without_an_end_are_shown_as_they_are() {
    let body = "*a ".repeat(6_600);
    assert_eq!(shown(&body.as_str().into()), body);
    let body = "*a **b ".repeat(2_800);
    assert_eq!(shown(&body.as_str().into()), body);
}

/// The address without the punctuation that ends the sentence around it, removed mark by mark and counted
/// anew each time.
fn trimmed_slowly(mut address: &str) -> &str {
    while let Some(last) = address.chars().next_back() {
        let outside = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '\u{201D}' | '\u{2019}' | '\u{2026}' => true,
            ')' => address.matches(')').count() > address.matches('(').count(),
            ']' => address.matches(']').count() > address.matches('[').count(),
            _ => false,
        };
        if !outside {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

proptest! {
    // M1
    #[test]
    fn an_address_ends_where_counting_its_brackets_one_by_one_says(tail in "[a()\\[\\].,*’…/]{0,40}") {
        let body = format!("https://a{tail}");
        let address = trimmed_slowly(&body);
        let found = links(&body);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!((found[0].0, found[0].1), (0, address.len()));
    }

    // M1
    #[test]
    fn composed_or_not_a_text_is_shown_alike(body in "[é*e ñ\u{301}(̈a:/≮]{0,40}") {
        let (composed, decomposed) = (body.nfc().collect::<String>(), body.nfd().collect::<String>());
        let of = |body: &str| shown(&body.into()).nfc().collect::<String>();
        prop_assert_eq!(of(&composed), of(&decomposed));
    }

    // N1
    #[test]
    fn a_preview_is_whole_signs_and_no_longer_than_asked(body in "\\PC{0,80}", longest in 1_usize..40) {
        let preview = MessageText::from(body.as_str()).preview(longest, |_| String::new());
        prop_assert!(preview.graphemes(true).count() <= longest + 1);
    }

    // M1
    #[test]
    fn cleaning_keeps_every_sign_and_never_joins_two_words(
        words in prop::collection::vec("[a-z0-9]{1,4}", 1..8),
        between in prop::collection::vec("[\\x00-\\x20\\x7F-\\x9F\u{2028}\u{2029}\u{FFFC}]{1,3}", 8),
    ) {
        let pasted: String = words.iter().zip(&between).flat_map(|(word, gap)| [word.as_str(), gap]).collect();
        for cleaned in [clean(&pasted), one_line(&pasted), cleaning::tidied(&pasted).replace(MENTION, " ")] {
            let found: Vec<&str> = cleaned.split_whitespace().collect();
            prop_assert_eq!(&found, &words.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    // M1
    #[test]
    fn a_cleaned_text_holds_nothing_unprintable(pasted in "(?s:[\\x00-\\x1f\\x7f-\u{9f}\u{2028}\u{2029}\u{FFFC}]|.){0,40}") {
        let cleaned = clean(&pasted);
        prop_assert!(!cleaned.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || c == MENTION));
        prop_assert_eq!(clean(&cleaned), cleaned.clone());
    }

    // M1
    #[test]
    fn spans_hold_every_character_but_the_stars_that_format(body in "[a*\\n h:/.@\u{FFFC}é]{0,60}") {
        let places = body.chars().filter(|&c| c == MENTION).count();
        let id: MembershipId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let text = MessageText { body: body.clone(), mentions: vec![id; places] };
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

// S2
#[test]
fn a_subject_is_what_one_sees_of_it() {
    for typed in [
        " Wond\u{a0} van Zoe\u{308} ",
        "Wond van\u{200B} Zoë",
        "\u{202E}Wond van Zoë\u{202C}",
        "Wo\u{AD}nd van Zoë\u{2060}\u{FEFF}",
        "Wond van Zoë\u{E0041}",
    ] {
        assert_eq!(subject(typed).as_deref(), Ok("Wond van Zoë"), "{typed:?}");
    }
    assert_eq!(
        subject("👩\u{200D}⚕\u{FE0F} overleg").as_deref(),
        Ok("👩\u{200D}⚕\u{FE0F} overleg")
    );
    assert_eq!(subject("\u{200B}\u{2800}"), Err(Refusal::SubjectMissing));
    assert_eq!(subject("Wond\u{E000}"), Err(Refusal::SubjectHasControlCharacters));
}

// M4, P8
#[test]
fn a_place_of_a_mention_that_names_nobody_leaves_one_text() {
    let spans = MessageText::from("voor\u{FFFC}na").spans();
    let whole = Span {
        what: What::Text {
            text: "voorna".into(),
        },
        italic: false,
        bold: false,
    };
    assert_eq!(spans, [whole]);
}
