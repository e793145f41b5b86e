//! The pages that the links of a mail lead to: each opens Overleg on the device, and says what to do where it does not open (N2).
//!
//! A page looks nothing up: every well-formed id has the same page for everybody, whether there is such a conversation or not. It runs
//! nothing, loads nothing, and changes nothing, so a scanner of mail may follow a link.

use std::sync::LazyLock;

use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conversation::ConversationId;
use minijinja::{AutoEscape, Environment, Value, context};
use protocol::error::ErrorCode;
use sha2::Digest as _;

use super::extract::{PathId, Refused};

const PAGE: &str = include_str!("open/page.html");

struct Words {
    language: &'static str,
    conversation: Purpose,
    mail_settings: Purpose,
    open: &'static str,
    nothing: &'static str,
    elsewhere: [&'static str; 2],
}

/// The words of one page.
struct Purpose {
    title: &'static str,
    about: &'static str,
    /// The way to the same place without the link.
    by_hand: &'static str,
}

const NL: Words = Words {
    language: "nl",
    conversation: Purpose {
        title: "Gesprek openen in Overleg",
        about: "Het gesprek staat in Overleg op uw computer. Op deze pagina staat er niets van.",
        by_hand: "Open Overleg zelf. Het gesprek staat in het overzicht; wat u nog niet las, is vet.",
    },
    mail_settings: Purpose {
        title: "Kiezen wanneer u mail krijgt",
        about: "U kiest dit in Overleg op uw computer. Op deze pagina verandert niets.",
        by_hand: "Open Overleg zelf, en daar Instellingen, E-mail.",
    },
    open: "Openen in Overleg",
    nothing: "Gebeurt er niets?",
    elsewhere: [
        "Staat Overleg niet op deze computer? Vraag uw ICT-afdeling om het te installeren.",
        "Leest u dit op een telefoon of tablet? Ga naar een computer met Overleg.",
    ],
};

const EN: Words = Words {
    language: "en",
    conversation: Purpose {
        title: "Open a conversation in Overleg",
        about: "The conversation is in Overleg on your computer. Nothing of it is on this page.",
        by_hand: "Open Overleg yourself. The conversation is in the overview; what you have not read yet is bold.",
    },
    mail_settings: Purpose {
        title: "Choose when you get mail",
        about: "You choose this in Overleg on your computer. Nothing changes on this page.",
        by_hand: "Open Overleg yourself, and there Settings, E-mail.",
    },
    open: "Open in Overleg",
    nothing: "Does nothing happen?",
    elsewhere: [
        "Is Overleg not on this computer? Ask your IT department to install it.",
        "Do you read this on a phone or a tablet? Go to a computer with Overleg.",
    ],
};

/// `GET /open/conversation/{conversation}`
pub(super) async fn conversation(
    headers: HeaderMap,
    PathId(id): PathId<String>,
) -> Result<Response, Refused> {
    // Other writings of an id are no link of ours.
    let parsed = id.parse::<ConversationId>().ok();
    let link = parsed
        .filter(|parsed| parsed.to_string() == id)
        .map(|id| format!("overleg://conversation/{id}"))
        .ok_or(ErrorCode::NotFound)?;
    let words = preferred(&headers);
    page(words, &words.conversation, link)
}

/// `GET /open/settings/mail`
pub(super) async fn mail_settings(headers: HeaderMap) -> Result<Response, Refused> {
    let words = preferred(&headers);
    page(words, &words.mail_settings, "overleg://settings/mail".to_owned())
}

/// English for a browser that prefers it to Dutch.
fn preferred(headers: &HeaderMap) -> &'static Words {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let weight = |language: &str| {
        let ranges = accepted.unwrap_or_default().split(',');
        let of_language = ranges.filter_map(|range| {
            let (tag, quality) = range.split_once(';').unwrap_or((range, "q=1"));
            let primary = tag.trim().split('-').next()?;
            let quality = quality.trim().strip_prefix("q=")?.parse::<f32>().ok()?;
            primary.eq_ignore_ascii_case(language).then_some(quality)
        });
        of_language.fold(0.0_f32, f32::max)
    };
    if weight("en") > weight("nl") { &EN } else { &NL }
}

/// Its own style by its digest, and nothing else. Without `sandbox`, which would keep the browser from opening Overleg.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = PAGE
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"));
    let digest = sha2::Sha256::digest(style.map_or("", |(style, _)| style));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        STANDARD.encode(digest)
    )
});

fn page(words: &Words, purpose: &Purpose, link: String) -> Result<Response, Refused> {
    let mut pages = Environment::empty();
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    let page = pages.render_str(
        PAGE,
        context! {
            language => words.language,
            title => purpose.title,
            about => purpose.about,
            // It has nothing that HTML would have to escape.
            link => Value::from_safe_string(link),
            open => words.open,
            nothing => words.nothing,
            ways => [purpose.by_hand, words.elsewhere[0], words.elsewhere[1]],
        },
    );
    let page = page.map_err(|_| {
        tracing::error!("the page behind a link could not be written");
        ErrorCode::Internal
    })?;
    let policy = HeaderValue::from_str(&POLICY).map_err(|_| ErrorCode::Internal)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_LANGUAGE, HeaderValue::from_static(words.language)),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (VARY, HeaderValue::from_static("accept-language")),
        (
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex, nofollow"),
        ),
    ];
    Ok((headers, page).into_response())
}
