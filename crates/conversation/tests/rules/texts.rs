//! Limits and formatting of a text (M1), where the pieces meet.

use conversation::text::{LONGEST_TEXT, MOST_MENTIONS, What, clean};
use conversation::*;

use crate::ward::*;

/// The kinds of pieces, with what they say.
fn pieces(text: &MessageText) -> Vec<String> {
    let shown = |span: Span| {
        let inner = match span.what {
            What::Text { text } => text,
            What::Link { url } => format!("<{url}>"),
            What::Item { .. } => "<item>".to_owned(),
            What::Mention { .. } => "@".to_owned(),
        };
        match (span.italic, span.bold) {
            (false, false) => inner,
            (true, false) => format!("/{inner}/"),
            (false, true) => format!("[{inner}]"),
            (true, true) => format!("{{{inner}}}"),
        }
    };
    text.spans().into_iter().map(shown).collect()
}

fn shown(body: &str) -> String {
    pieces(&body.into()).concat()
}

// M1
#[test]
fn pasted_text_keeps_its_lines_however_they_end() {
    for (pasted, expected) in [
        ("een\r\ntwee", "een\ntwee"),
        ("een\rtwee", "een\ntwee"),
        ("een\r\rtwee", "een\n\ntwee"),
        ("een\n\rtwee", "een\n\ntwee"),
        ("een\u{85}twee\u{2028}drie\u{2029}vier", "een\ntwee\ndrie\nvier"),
        ("een\ttwee\n", "een\ttwee\n"),
        ("2\u{7} mg", "2 mg"),
        ("aan \u{FFFC}", "aan "),
        (
            "é, ß, \u{1F469}\u{200D}\u{2695}\u{FE0F}",
            "é, ß, \u{1F469}\u{200D}\u{2695}\u{FE0F}",
        ),
    ] {
        assert_eq!(clean(pasted), expected, "{pasted:?}");
    }
}

// M1: of any control character that may not stay, among any others that are pasted.
#[test]
fn no_control_character_but_line_break_and_tab_is_left() {
    for character in (0..0xA0)
        .filter_map(char::from_u32)
        .filter(|one| one.is_control())
    {
        let cleaned = clean(&format!("5 mg{character}2dd"));
        let left = |one: char| one.is_control() && one != '\n' && one != '\t';
        assert!(!cleaned.contains(left), "{character:?}");
        assert!(
            cleaned.starts_with("5 mg") && cleaned.ends_with("2dd"),
            "{character:?}"
        );
        assert_eq!(MessageText::from(cleaned.as_str()).check(), Ok(()));
    }
}

// P8
#[test]
fn a_message_mentions_a_hundred_at_most() {
    let mentions = |count: usize| MessageText {
        body: "\u{FFFC}".repeat(count),
        mentions: vec![CARLA; count],
    };
    assert_eq!(mentions(MOST_MENTIONS).check(), Ok(()));
    assert_eq!(
        mentions(MOST_MENTIONS + 1).check(),
        Err(Refusal::TextMentionsBroken)
    );
    let mut one_too_few = mentions(2);
    one_too_few.mentions.pop();
    assert_eq!(one_too_few.check(), Err(Refusal::TextMentionsBroken));
}

// M1: characters are counted, not bytes.
#[test]
fn a_text_of_twenty_thousand_of_the_widest_characters_is_not_too_long() {
    let wide = "\u{1F600}".repeat(LONGEST_TEXT);
    assert_eq!(wide.len(), LONGEST_TEXT * 4);
    assert_eq!(MessageText::from(wide.as_str()).check(), Ok(()));
    assert_eq!(
        MessageText::from(format!("{wide}x").as_str()).check(),
        Err(Refusal::TextTooLong)
    );
}

// L1
#[test]
fn a_preview_is_one_line_with_names_and_without_formatting() {
    let text = MessageText {
        body: " **Wond** van\n\u{FFFC}\tis *dicht*, zie https://a.nl en overleg://item/018f0000-0000-7000-8000-000000000001"
            .into(),
        mentions: vec![CARLA],
    };
    let preview = text.preview(120, |member| {
        assert_eq!(member, CARLA);
        "Carla de Wit".to_owned()
    });
    assert_eq!(
        preview,
        "Wond van @Carla de Wit is dicht, zie https://a.nl en \u{1F517}"
    );
}

// L1
#[test]
fn a_preview_is_cut_where_it_is_too_long_and_says_so() {
    let of = |body: &str| MessageText::from(body).preview(5, |_| String::new());
    assert_eq!(of("zalf"), "zalf");
    assert_eq!(of("zalve"), "zalve");
    assert_eq!(of("zalven"), "zalve…");
    assert_eq!(of("zalf en"), "zalf…");
    // Blanks are folded before it is cut.
    assert_eq!(of("a   \n\n   b"), "a b");
    // However many pieces it has.
    assert_eq!(of(&"*a* ".repeat(4_000)), "a a a…");
}

// M1
#[test]
fn text_that_is_shown_alike_is_one_piece() {
    assert_eq!(pieces(&"2*3*4 en **vet**".into()), ["2*3*4 en ", "[vet]"]);
    assert_eq!(pieces(&"*a* *b*".into()), ["/a/", " ", "/b/"]);
    assert_eq!(pieces(&"**a** ***b***".into()), ["[a]", " ", "{b}"]);
    let text = MessageText {
        body: "Dag \u{FFFC}\u{FFFC}, hoi".into(),
        mentions: vec![CARLA, DAAN],
    };
    assert_eq!(pieces(&text), ["Dag ", "@", "@", ", hoi"]);
}

// M1
#[test]
fn stars_close_in_the_paragraph_in_which_they_open() {
    for (body, expected) in [
        ("*a\nb*", "/a\nb/"),
        ("*a\n\nb*", "*a\n\nb*"),
        ("*a\n \t\nb*", "*a\n \t\nb*"),
        ("*a\nx\nb*", "/a\nx\nb/"),
        ("*a\n\nb* *c*", "*a\n\nb* /c/"),
    ] {
        assert_eq!(shown(body), expected, "{body:?}");
    }
}

// M1
#[test]
fn stars_in_an_address_belong_to_it_and_those_beside_it_do_not() {
    for (body, expected) in [
        ("https://a.nl/*b* *c*", "<https://a.nl/*b>* /c/"),
        ("*b* https://a.nl/*c*d", "/b/ <https://a.nl/*c*d>"),
        ("*https://a.nl*", "/<https://a.nl>/"),
        ("*a https://b.nl c*", "/a //<https://b.nl>// c/"),
    ] {
        assert_eq!(shown(body), expected, "{body:?}");
    }
}

// M1
#[test]
fn a_star_beside_a_blank_opens_or_closes_nothing() {
    for body in ["a * b* c", "a *b * c", "* a*", "*a *", "*\u{FFFC}", "a* b *c"] {
        assert_eq!(shown(body), body.replace('\u{FFFC}', ""), "{body:?}");
    }
}

// M1
#[test]
fn an_address_ends_at_a_blank_a_mention_and_a_mark_that_is_in_none() {
    for end in [" ", "\n", "\t", "\u{FFFC}", "<", ">", "\""] {
        let text = MessageText {
            body: format!("https://a.nl/b{end}c"),
            mentions: vec![CARLA; usize::from(end == "\u{FFFC}")],
        };
        assert_eq!(pieces(&text)[0], "<https://a.nl/b>", "{end:?}");
    }
    assert_eq!(shown("HTTPS://A.nl"), "<HTTPS://A.nl>");
    assert_eq!(shown("https://[2001:db8::1]/a"), "<https://[2001:db8::1]/a>");
    for body in ["https://", "https://-a.nl", "https:///a", "https://.a"] {
        assert_eq!(shown(body), body);
    }
}

// M1
#[test]
fn brackets_belong_to_an_address_where_they_are_closed_in_it() {
    for (body, expected) in [
        ("https://a.nl/b[1]", "<https://a.nl/b[1]>"),
        ("[https://a.nl/b]", "[<https://a.nl/b>]"),
        ("https://a.nl/b[1]]", "<https://a.nl/b[1]>]"),
        ("https://a.nl/b(1)", "<https://a.nl/b(1)>"),
        ("(https://a.nl/b(1))", "(<https://a.nl/b(1)>)"),
        ("https://a.nl/b[", "<https://a.nl/b[>"),
        ("https://a.nl/b].", "<https://a.nl/b>]."),
    ] {
        assert_eq!(shown(body), expected, "{body:?}");
    }
}

// A1, F1: what was said never reaches a log.
#[test]
fn a_text_and_its_pieces_are_blank_where_a_program_shows_its_values() {
    let text = MessageText {
        body: "Hypo \u{FFFC}".into(),
        mentions: vec![CARLA],
    };
    assert_eq!(format!("{text:?}"), "MessageText(8 bytes, 1 mentions)");
    let shown: Vec<String> = text
        .spans()
        .iter()
        .map(|span| format!("{span:?} {:?}", span.what))
        .collect();
    assert_eq!(shown, ["Span What", "Span What"]);
}

// M7
#[test]
fn a_place_comes_after_the_one_before_and_no_run_of_places_is_empty() {
    assert_eq!((Seq(4).next(), Seq(4).previous()), (Seq(5), Seq(3)));
    assert_eq!(Seq(0).previous(), Seq(0));
    assert_eq!(Seq(12).to_string(), "12");
    assert_eq!(SeqRange::new(Seq(3), Seq(2)), None);
    assert_eq!(SeqRange::new(Seq(0), Seq(2)), None);
    let range = SeqRange::new(Seq(2), Seq(3)).unwrap();
    let inside = [1, 2, 3, 4].map(|number| range.contains(Seq(number)));
    assert_eq!(inside, [false, true, true, false]);
    assert_eq!(Timestamp(5).plus(2), Timestamp(7));
    assert_eq!(
        (Timestamp(5).since(Timestamp(2)), Timestamp(2).since(Timestamp(5))),
        (3, -3)
    );
    let id = PersonId::from_bytes([7; 16]);
    assert_eq!(id.as_bytes(), &[7; 16]);
}

// O7
#[test]
fn an_item_type_says_what_its_permissions_are_called() {
    use conversation::organisation::Permission::{Analyse, Handle};
    use conversation::organisation::item_type::built_in;
    let indicator = built_in("indicator").unwrap();
    assert_eq!(indicator.permission(Handle), None);
    assert_eq!(indicator.permission(Analyse), Some("Indicatoren analyseren"));
    let report = built_in("melding").unwrap();
    assert_eq!(report.permission(Handle), Some("Meldingen registreren"));
    assert_eq!(built_in("Melding").map(|found| found.id), None);
}
