//! Mails as they are sent, read back.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use conversation::attention::{Language, Reason};
use conversation::{ConversationId, MembershipId, OrganisationId, Timestamp};
use uuid::Uuid;

use super::compose::{Composer, recipient};
use super::wording::{Wording, WordingError};
use super::{Mail, MailLine, MailSender};
use crate::config::MailConfig;

const NOON: Timestamp = Timestamp(1_772_449_200_000);
const URL: &str = "https://overleg.example";

/// A mail that was read back.
struct Read {
    raw: String,
    /// In their order, unfolded.
    headers: Vec<(String, String)>,
    text: String,
    html: String,
}

impl Read {
    fn header(&self, name: &str) -> &str {
        let found: Vec<&str> = self
            .headers
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(found.len(), 1, "{name}");
        found[0]
    }

    fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The addresses of links.
    fn links(&self) -> Vec<&str> {
        let rest = self.html.split("href=\"").skip(1);
        rest.map(|rest| rest.split('"').next().unwrap()).collect()
    }
}

fn parts(text: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let headers = unfolded.split("\r\n").map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), decoded_words(value))
    });
    (headers.collect(), body)
}

/// RFC 2047.
fn decoded_words(value: &str) -> String {
    let mut decoded = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        // Blanks between two encoded words are none.
        if !before.trim().is_empty() || decoded.is_empty() {
            decoded.push_str(before);
        }
        let (word, after) = after.split_once("?=").unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(word).unwrap();
        decoded.push_str(&String::from_utf8(bytes).unwrap());
        rest = after;
    }
    decoded.push_str(rest);
    decoded
}

fn decoded(part: &str) -> String {
    let (headers, body) = parts(part);
    let encoding = headers
        .iter()
        .find(|(name, _)| name == "Content-Transfer-Encoding");
    match encoding.map(|(_, value)| value.as_str()) {
        Some("7bit") => body.to_owned(),
        Some("base64") => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(body.replace("\r\n", ""));
            String::from_utf8(bytes.unwrap()).unwrap()
        }
        Some("quoted-printable") => {
            let body = body.replace("=\r\n", "");
            let mut bytes = Vec::new();
            let mut rest = body.bytes();
            while let Some(byte) = rest.next() {
                if byte == b'=' {
                    let hex = [rest.next().unwrap(), rest.next().unwrap()];
                    let hex = str::from_utf8(&hex).unwrap().to_owned();
                    bytes.push(u8::from_str_radix(&hex, 16).unwrap());
                } else {
                    bytes.push(byte);
                }
            }
            String::from_utf8(bytes).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

fn read(bytes: &[u8]) -> Read {
    let raw = String::from_utf8(bytes.to_vec()).unwrap();
    let (headers, body) = parts(&raw);
    let kind = &headers.iter().find(|(name, _)| name == "Content-Type").unwrap().1;
    let boundary = kind
        .split_once("boundary=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0;
    let boundary = format!("--{boundary}");
    let mut found = body.split(&boundary).skip(1);
    let mut next = || decoded(found.next().unwrap().trim_start_matches("\r\n"));
    let (text, html) = (next(), next());
    Read {
        headers: headers.clone(),
        text: text.replace("\r\n", "\n"),
        html: html.replace("\r\n", "\n"),
        raw: raw.clone(),
    }
}

fn composer(own: &[(OrganisationId, &str)]) -> Composer {
    let folder = crate::testing::folder();
    let paths: Vec<_> = own
        .iter()
        .map(|(organisation, toml)| {
            let path = folder.path().join(organisation.to_string());
            std::fs::write(&path, toml).unwrap();
            (*organisation, path)
        })
        .collect();
    let of = paths
        .iter()
        .map(|(organisation, path)| (*organisation, path.as_path()));
    let wording = Wording::open(of).unwrap();
    let mut config = config();
    config.organisations.insert(
        organisation(2),
        crate::config::OrganisationMail {
            from: Some(
                "Thuiszorg Maasdal <bericht@maasdal.example>"
                    .to_owned()
                    .try_into()
                    .unwrap(),
            ),
            wording: None,
        },
    );
    Composer::new(&config, "https://overleg.example/", wording)
}

fn config() -> MailConfig {
    let from = "Overleg <overleg@kliniek.example>".to_owned();
    MailConfig {
        server: "mail.kliniek.example".to_owned(),
        port: None,
        security: crate::config::MailSecurity::Tls,
        authority: None,
        user: None,
        password: None,
        from: from.try_into().unwrap(),
        connections: 4,
        a_minute: 600,
        after_seconds: 120,
        organisations: BTreeMap::new(),
    }
}

fn organisation(number: u128) -> OrganisationId {
    OrganisationId(Uuid::from_u128(number))
}

fn sender(name: &str, organisation_name: &str) -> MailSender {
    MailSender {
        name: name.to_owned(),
        organisation_name: organisation_name.to_owned(),
    }
}

fn line(number: u128, messages: u32, reasons: &[Reason], senders: &[MailSender]) -> MailLine {
    MailLine {
        conversation: ConversationId(Uuid::from_u128(number)),
        reasons: reasons.to_vec(),
        messages,
        senders: senders.to_vec(),
    }
}

fn mail(language: Language, lines: Vec<MailLine>) -> Mail {
    Mail {
        id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        to: "carla@beuk.example".to_owned(),
        membership: MembershipId(Uuid::from_u128(9)),
        organisation: organisation(1),
        organisation_name: "Huisartsen De Beuk".to_owned(),
        language,
        lines,
        more: 0,
    }
}

fn three_of_anna(language: Language) -> Mail {
    let anna = sender("Anna de Wit", "Thuiszorg Maasdal");
    mail(language, vec![line(7, 3, &[Reason::Message], &[anna])])
}

fn composed(mail: &Mail) -> Read {
    read(&composer(&[]).compose(mail, NOON).unwrap().bytes)
}

// N2
#[test]
fn a_mail_says_who_of_which_organisation_how_many_and_links_to_the_conversation() {
    let read = composed(&three_of_anna(Language::Nl));
    assert_eq!(
        read.header("Subject"),
        "Overleg: 3 nieuwe berichten van Anna de Wit (Thuiszorg Maasdal)"
    );
    let conversation = "https://overleg.example/open/conversation/00000000-0000-0000-0000-000000000007";
    assert_eq!(
        read.links(),
        [conversation, "https://overleg.example/open/settings/mail"]
    );
    let expected = format!(
        "Goedendag,

In Overleg wacht iets op u, voor uw werk bij Huisartsen De Beuk.

Anna de Wit (Thuiszorg Maasdal)
3 nieuwe berichten
Openen in Overleg: {conversation}

De inhoud staat alleen in Overleg, niet in deze mail.
Tot u een gesprek opent krijgt u er geen tweede mail over, hooguit een herinnering.
Antwoorden op deze mail leest niemand.
Kiezen wanneer u mail krijgt: https://overleg.example/open/settings/mail"
    );
    assert_eq!(read.text.trim_end(), expected);
    for word in [
        "Anna de Wit",
        "Thuiszorg Maasdal",
        "Huisartsen De Beuk",
        "3 nieuwe berichten",
        "lang=\"nl\"",
    ] {
        assert!(read.html.contains(word), "{word}");
    }
}

// N2
#[test]
fn the_headers_are_those_of_a_mail_that_no_program_answers() {
    let read = composed(&three_of_anna(Language::Nl));
    let expected = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "X-Overleg",
        "List-Id",
        "List-Unsubscribe",
        "MIME-Version",
        "Content-Type",
    ];
    assert_eq!(read.names(), expected);
    let headers = [
        ("From", "Overleg <overleg@kliniek.example>"),
        ("To", "carla@beuk.example"),
        ("Date", "Mon, 02 Mar 2026 11:00:00 +0000"),
        (
            "Message-ID",
            "<0123456789abcdef0123456789abcdef01234567@kliniek.example>",
        ),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("List-Unsubscribe", "<https://overleg.example/open/settings/mail>"),
    ];
    for (name, value) in headers {
        assert_eq!(read.header(name).replace('"', ""), value, "{name}");
    }
}

// N2
#[test]
fn the_same_mail_is_the_same_bytes_and_of_seven_bits_in_short_lines() {
    let composer = composer(&[]);
    let mut mail = three_of_anna(Language::Nl);
    mail.lines[0].senders[0].name = "Zoë Ñandú 夏".to_owned();
    let once = composer.compose(&mail, NOON).unwrap().bytes;
    assert_eq!(once, composer.compose(&mail, NOON).unwrap().bytes);
    assert!(once.is_ascii());
    assert!(once.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
    let read = read(&once);
    assert_eq!(
        read.header("Subject"),
        "Overleg: 3 nieuwe berichten van Zoë Ñandú 夏 (Thuiszorg Maasdal)"
    );
    assert!(read.text.contains("Zoë Ñandú 夏"));
}

// N2
#[test]
fn an_organisation_mails_under_its_own_sender() {
    let mut mail = three_of_anna(Language::Nl);
    mail.organisation = organisation(2);
    let composer = composer(&[]);
    let composed = composer.compose(&mail, NOON).unwrap();
    assert_eq!(composed.from.to_string(), "bericht@maasdal.example");
    let read = read(&composed.bytes);
    assert!(read.header("From").contains("Thuiszorg Maasdal"));
    assert!(read.header("Message-ID").ends_with("@maasdal.example>"));
}

// N2
#[test]
fn a_name_makes_no_header_no_line_and_no_link() {
    let long = "x".repeat(1_000);
    let names = [
        "Anna\r\nBcc: mallory@evil.example",
        "Anna\rBcc: mallory@evil.example",
        "Anna\nBcc: mallory@evil.example\n\nbody",
        "Anna\0\u{2028}Bcc: x\u{85}Bcc: y",
        "<a href=\"https://evil.example\">Anna</a>",
        "[Anna](https://evil.example)",
        "{{ settings }}{% for x in y %}",
        "=?utf-8?b?QmNjOiB4?=",
        "Anna, \"Bob\" <bob@evil.example>",
        &long,
        &"é".repeat(1_000),
        &"e\u{301}".repeat(1_000),
    ];
    let expected = composed(&three_of_anna(Language::Nl));
    for name in names {
        let mut mail = three_of_anna(Language::Nl);
        mail.organisation_name = name.to_owned();
        mail.lines[0].senders = vec![sender(name, name)];
        let read = composed(&mail);
        assert_eq!(read.names(), expected.names(), "{name:?}");
        assert_eq!(read.header("To"), expected.header("To"));
        assert_eq!(read.links(), expected.links(), "{name:?}");
        assert_eq!(
            read.text.lines().count(),
            expected.text.lines().count(),
            "{name:?}"
        );
        assert!(!read.html.contains("<a href=\"https://evil"));
        assert!(read.header("Subject").len() < 1_200, "{name:?}");
        assert!(read.raw.split("\r\n").all(|line| line.len() <= 998), "{name:?}");
        assert!(
            !read.raw.replace("\r\n", "").contains(['\r', '\n', '\0']),
            "{name:?}"
        );
    }
}

// N2
#[test]
fn an_address_is_written_as_the_server_must_read_it() {
    let fit = [
        ("carla@beuk.example", "carla@beuk.example"),
        ("c.a+b-c_d@Beuk.example", "c.a+b-c_d@beuk.example"),
        ("carla@zürich.example", "carla@xn--zrich-kva.example"),
        ("jörg@zürich.example", "jörg@xn--zrich-kva.example"),
        ("\"carla d\"@beuk.example", "\"carla d\"@beuk.example"),
        ("o'neill@beuk.example", "o'neill@beuk.example"),
    ];
    for (address, expected) in fit {
        assert_eq!(
            recipient(address).map(|address| address.to_string()).as_deref(),
            Some(expected)
        );
    }
    let long = format!("{}@beuk.example", "a".repeat(65));
    let far = format!("a@{}example", "abcdefg.".repeat(40));
    let unfit = [
        "",
        "carla",
        "carla@",
        "@beuk.example",
        "carla@beuk.example>",
        "carla@beuk.example\r\nRCPT TO:<x@evil.example>",
        "\"carla\r\nRCPT TO:<x\"@beuk.example",
        "carla@beuk.example SIZE=1",
        "carla@beuk.example, bram@beuk.example",
        "a@b@beuk.example",
        "\"carla\0\"@beuk.example",
        "<carla@beuk.example>",
        &long,
        &far,
    ];
    for address in unfit {
        assert_eq!(recipient(address), None, "{address:?}");
    }
}

// N2
#[test]
fn both_languages_have_their_plurals() {
    let anna = || sender("Anna de Wit", "Maasdal");
    let bram = || sender("Bram Smit", "De Beuk");
    let carla = || sender("Carla Vos", "De Beuk");
    let cases = [
        (
            line(1, 1, &[Reason::Message], &[anna()]),
            "Overleg: 1 nieuw bericht van Anna de Wit (Maasdal)",
            "1 nieuw bericht",
            "Overleg: 1 new message from Anna de Wit (Maasdal)",
            "1 new message",
        ),
        (
            line(1, 2, &[Reason::Mentioned, Reason::Message], &[anna(), bram()]),
            "Overleg: 2 nieuwe berichten van Anna de Wit (Maasdal) en een collega",
            "2 nieuwe berichten, u wordt genoemd",
            "Overleg: 2 new messages from Anna de Wit (Maasdal) and a colleague",
            "2 new messages, you are mentioned",
        ),
        (
            line(1, 12, &[Reason::Unread { days: 1 }], &[anna(), bram(), carla()]),
            "Overleg: 12 nieuwe berichten van Anna de Wit (Maasdal) en collega's",
            "12 nieuwe berichten, al 1 dag ongelezen",
            "Overleg: 12 new messages from Anna de Wit (Maasdal) and colleagues",
            "12 new messages, unread for 1 day",
        ),
        (
            line(1, 0, &[Reason::Added], &[anna()]),
            "Overleg: u bent toegevoegd aan een gesprek door Anna de Wit (Maasdal)",
            "U bent toegevoegd",
            "Overleg: you were added to a conversation by Anna de Wit (Maasdal)",
            "You were added",
        ),
        (
            line(1, 0, &[Reason::Added], &[]),
            "Overleg: u bent toegevoegd aan een gesprek",
            "U bent toegevoegd",
            "Overleg: you were added to a conversation",
            "You were added",
        ),
        (
            line(1, 1, &[Reason::Urgent, Reason::Message], &[anna()]),
            "Overleg: spoed, 1 nieuw bericht van Anna de Wit (Maasdal)",
            "Spoed, 1 nieuw bericht",
            "Overleg: urgent, 1 new message from Anna de Wit (Maasdal)",
            "Urgent, 1 new message",
        ),
        (
            line(1, 0, &[Reason::Mentioned, Reason::Unread { days: 3 }], &[bram()]),
            "Overleg: u wordt genoemd door Bram Smit (De Beuk)",
            "U wordt genoemd, al 3 dagen ongelezen",
            "Overleg: you are mentioned by Bram Smit (De Beuk)",
            "You are mentioned, unread for 3 days",
        ),
    ];
    for (line, subject_nl, facts_nl, subject_en, facts_en) in cases {
        for (language, subject, facts) in [
            (Language::Nl, subject_nl, facts_nl),
            (Language::En, subject_en, facts_en),
        ] {
            let read = composed(&mail(language, vec![line.clone()]));
            assert_eq!(read.header("Subject"), subject);
            let is_urgent = line.reasons.contains(&Reason::Urgent);
            assert_eq!(read.raw.contains("Importance: high\r\n"), is_urgent);
            assert!(
                read.text.lines().any(|line| line == facts),
                "{facts}: {}",
                read.text
            );
        }
    }
}

// N3
#[test]
fn several_conversations_are_one_mail_with_a_link_each() {
    let mut several = mail(
        Language::Nl,
        (1..=20)
            .map(|number| line(number, 2, &[Reason::Message], &[sender("Anna de Wit", "Maasdal")]))
            .collect(),
    );
    let read = composed(&several);
    assert_eq!(
        read.header("Subject"),
        "Overleg: 40 nieuwe berichten in 20 gesprekken"
    );
    assert_eq!(read.links().len(), 21);
    several.more = 1;
    let read = composed(&several);
    assert_eq!(read.header("Subject"), "Overleg: nieuws in 21 gesprekken");
    assert!(read.text.contains("En nog 1 ander gesprek."));
    assert!(read.html.contains("En nog 1 ander gesprek."));
    // Outlook and Gmail cut off a mail of more than 102 KB.
    assert!(read.html.len() < 60_000, "{}", read.html.len());
}

// N2
#[test]
fn an_organisation_has_a_greeting_an_introduction_and_a_footer_of_its_own() {
    let toml = r#"
        [nl]
        greeting = "Beste collega,"
        intro = "{% if count == 1 %}Eén bericht{% else %}{{ count }} berichten{% endif %} bij {{ organisation }}."
        footer = "Servicepunt <ICT> & zo\nhttps://intern.example"
    "#;
    let composer = composer(&[(organisation(1), toml)]);
    let compose = |mail: &Mail| read(&composer.compose(mail, NOON).unwrap().bytes);
    let own = compose(&three_of_anna(Language::Nl));
    assert!(
        own.text
            .starts_with("Beste collega,\n\n3 berichten bij Huisartsen De Beuk.\n")
    );
    assert!(
        own.text
            .contains("\n\nServicepunt <ICT> & zo\nhttps://intern.example\n\n")
    );
    assert!(own.html.contains("Servicepunt &lt;ICT&gt; &amp; zo<br>"));
    assert_eq!(own.links().len(), 2);
    assert!(compose(&three_of_anna(Language::En)).text.starts_with("Hello,\n"));
    let mut other = three_of_anna(Language::Nl);
    other.organisation = organisation(2);
    assert!(compose(&other).text.starts_with("Goedendag,\n"));
}

// N2
#[test]
fn wording_that_uses_something_else_is_refused_at_the_start() {
    let long = format!("nl.greeting = \"{}\"", "x".repeat(2_001));
    let cases = [
        ("nl.greeting = '{{ subject }}'", "uses `subject` in `nl.greeting`"),
        ("nl.footer = '{{ settings }}'", "uses `settings` in `nl.footer`"),
        (
            "en.intro = '{{ lines[0].senders }}'",
            "uses `lines` in `en.intro`",
        ),
        (
            "nl.intro = '{% if count > 99999999 %}{{ patient }}{% endif %}'",
            "uses `patient`",
        ),
        (
            "nl.intro = '{{ count.patient }}'",
            "`nl.intro` that cannot be used",
        ),
        ("nl.intro = '{{ count|upper }}'", "`nl.intro` that cannot be used"),
        (
            "nl.intro = '{% include \"attention.txt\" %}'",
            "`nl.intro` that cannot be used",
        ),
        ("nl.intro = '{{ count '", "`nl.intro` that cannot be used"),
        (
            "nl.intro = '{% for a in \"xxxxxxxxxxxxxxxxxxxx\" %}{% for b in \"xxxxxxxxxxxxxxxxxxxx\" %}{% for c in \"xxxxxxxxxxxxxxxxxxxx\" %}{% for d in \"xxxxxxxxxxxxxxxxxxxx\" %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}'",
            "`nl.intro` that cannot be used",
        ),
        (
            "nl.intro = '{% for a in organisation %}{{ organisation }}{% endfor %}'",
            "2000 bytes",
        ),
        (long.as_str(), "2000 bytes"),
        ("nl.subject = 'x'", "is not a wording"),
        ("de.greeting = 'x'", "is not a wording"),
        ("nl = 'x", "is not a wording"),
    ];
    let folder = crate::testing::folder();
    let path = folder.path().join("wording.toml");
    for (toml, expected) in cases {
        std::fs::write(&path, toml).unwrap();
        let (_, error) = Wording::open([(organisation(1), path.as_path())]).unwrap_err();
        assert!(error.to_string().contains(expected), "{toml}: {error}");
    }
    let nowhere = Wording::open([(organisation(1), Path::new("/nowhere.toml"))]);
    assert!(matches!(nowhere.unwrap_err().1, WordingError::File(_)));
}

/// WCAG 2.2.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

// N2
#[test]
fn every_text_of_a_mail_reads_on_its_ground_in_light_and_dark() {
    let html = composed(&three_of_anna(Language::Nl)).html;
    let (styles, body) = html.split_once("</style>\n</head>").unwrap();
    let pairs = [
        // A text and its ground, in light and in dark.
        ("#172227", "#fefdfc", "#e0e8e8", "#181f21"),
        ("#455257", "#fefdfc", "#b2bdbe", "#181f21"),
        ("#005966", "#fefdfc", "#7dd5da", "#181f21"),
        ("#f8fdfd", "#005966", "#f8fdfd", "#12707d"),
    ];
    for (text, ground, dark_text, dark_ground) in pairs {
        assert!(body.contains(&format!("color:{text}")), "{text}");
        assert!(body.contains(&format!("background-color:{ground}")), "{ground}");
        assert!(
            styles.contains(&format!("color: {dark_text} !important")),
            "{dark_text}"
        );
        assert!(styles.contains(&format!("background-color: {dark_ground} !important")));
        assert!(contrast(text, ground) >= 4.5, "{text} on {ground}");
        assert!(
            contrast(dark_text, dark_ground) >= 4.5,
            "{dark_text} on {dark_ground}"
        );
    }
    // No text has a colour that is not among them.
    let colours = body
        .split(";color:")
        .skip(1)
        .chain(body.split("\"color:").skip(1));
    for colour in colours.map(|rest| &rest[..7]) {
        assert!(pairs.iter().any(|pair| pair.0 == colour), "{colour}");
    }
}

/// Writes mails in HTML to look at them, into the folder that `TEST_MAIL_SAMPLES` names.
#[test]
fn samples_are_written_where_they_are_wanted() {
    let Some(folder) = std::env::var_os("TEST_MAIL_SAMPLES") else {
        return;
    };
    let anna = || sender("Anna de Wit-van der Meulen", "Thuiszorg Maasdal");
    let bram = || sender("Bram Smit", "Huisartsen De Beuk");
    let long = || {
        sender(
            "Maria Antonia van Nieuwenhuijzen-Grootegoed",
            "Stichting Verpleeghuizen en Thuiszorg Noord-Limburg",
        )
    };
    let one = vec![line(7, 3, &[Reason::Message], &[anna()])];
    let several = vec![
        line(
            1,
            12,
            &[Reason::Mentioned, Reason::Message],
            &[anna(), bram(), long()],
        ),
        line(2, 0, &[Reason::Added], &[bram()]),
        line(3, 1, &[Reason::Unread { days: 3 }], &[long()]),
    ];
    let mut full = mail(Language::Nl, several.clone());
    full.more = 4;
    let own = "nl.greeting = 'Beste collega,'\nnl.footer = '''Servicepunt ICT, 020 123 45 67\nservicepunt@beuk.example'''";
    let samples = [
        ("one", composer(&[]), mail(Language::Nl, one)),
        ("several", composer(&[(organisation(1), own)]), full),
        ("english", composer(&[]), mail(Language::En, several)),
    ];
    for (name, composer, mail) in samples {
        let read = read(&composer.compose(&mail, NOON).unwrap().bytes);
        let path = Path::new(&folder).join(name);
        std::fs::write(path.with_extension("html"), &read.html).unwrap();
        std::fs::write(path.with_extension("txt"), &read.text).unwrap();
    }
}

// N2
#[test]
fn nothing_of_a_mail_is_in_its_debug_text() {
    let mail = three_of_anna(Language::Nl);
    let text = format!("{mail:?} {:?} {:?}", mail.lines, mail.lines[0].senders);
    for word in ["Anna", "Maasdal", "carla", "Beuk", URL] {
        assert!(!text.contains(word), "{text}");
    }
}
