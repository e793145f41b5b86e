//! The pages behind the links of a mail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::*;
use reqwest::{Method, Response};
use sha2::Digest as _;

struct Page {
    policy: String,
    headers: reqwest::header::HeaderMap,
    text: String,
}

async fn read(answer: Response) -> Page {
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    let policies: Vec<&str> = headers
        .get_all("content-security-policy")
        .iter()
        .map(|one| one.to_str().unwrap())
        .collect();
    assert_eq!(policies.len(), 1, "{policies:?}");
    Page {
        policy: policies[0].to_owned(),
        text: answer.text().await.unwrap(),
        headers,
    }
}

async fn ask(clinic: &Clinic, path: &str, accepts: &str) -> Response {
    let request = clinic
        .http
        .get(clinic.url(path))
        .header("accept-language", accepts);
    request.send().await.unwrap()
}

/// All that an attribute of this name says on a page.
fn all<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let begin = format!("{attribute}=\"");
    let behind = page.split(begin.as_str()).skip(1);
    behind.map(|rest| rest.split('"').next().unwrap()).collect()
}

// N2, P5
#[tokio::test]
async fn the_page_behind_a_link_is_the_same_for_every_conversation_and_for_everybody() {
    let clinic = Clinic::open().await;
    let practice = clinic.organisation("Huisartsenpraktijk De Wilg").await;
    let (anna, karim) = (
        clinic.person("Anna", practice).await,
        clinic.person("Karim", practice).await,
    );
    let there = clinic
        .start_group(&anna, &[&karim], "Onderwerp van mevrouw L.")
        .await;
    clinic.say(&anna, there, "Zie je dit?").await;
    let nowhere = clinic.id();
    let mut pages = Vec::new();
    for id in [there.to_string(), nowhere.to_string()] {
        let path = format!("/open/conversation/{id}");
        let page = read(ask(&clinic, &path, "nl").await).await;
        let as_anna = clinic
            .http
            .get(clinic.url(&path))
            .bearer_auth(&anna.session.access.0);
        assert_eq!(read(as_anna.send().await.unwrap()).await.text, page.text);
        for word in ["mevrouw", "Zie je dit", "Anna", "Wilg"] {
            assert!(!page.text.contains(word), "{word}");
        }
        pages.push(page.text.replace(&id, "ID"));
    }
    assert_eq!(pages[0], pages[1]);
}

// N2, BS1
#[tokio::test]
async fn the_page_behind_a_link_opens_overleg_and_runs_and_loads_nothing() {
    let clinic = Clinic::open().await;
    let id = "00000000-0000-0000-0000-000000000007";
    let conversation = format!("/open/conversation/{id}");
    for (path, link) in [
        (conversation.as_str(), format!("overleg://conversation/{id}")),
        ("/open/settings/mail", "overleg://settings/mail".to_owned()),
    ] {
        let page = read(ask(&clinic, path, "nl-NL,nl;q=0.9,en;q=0.8").await).await;
        assert_eq!(all(&page.text, "href"), [link.as_str()]);
        for word in [
            "<script",
            "src=",
            "<form",
            "<iframe",
            "http-equiv",
            "javascript:",
            "url(",
            "@import",
        ] {
            assert!(!page.text.contains(word), "{path} has {word}");
        }
        let (_, style) = page.text.split_once("<style>").unwrap();
        let (style, _) = style.split_once("</style>").unwrap();
        let digest = STANDARD.encode(sha2::Sha256::digest(style));
        assert!(
            page.policy.contains(&format!("style-src 'sha256-{digest}'")),
            "{}",
            page.policy
        );
        assert!(page.policy.starts_with("default-src 'none';"));
        // A page in a sandbox opens no other program.
        assert!(!page.policy.contains("sandbox"), "{}", page.policy);
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-robots-tag", "noindex, nofollow"),
        ] {
            assert_eq!(page.headers[name], value);
        }
    }
}

// N2, U2
#[tokio::test]
async fn the_page_behind_a_link_is_in_the_language_that_a_browser_prefers() {
    let clinic = Clinic::open().await;
    for (accepted, language) in [
        ("", "nl"),
        ("nl", "nl"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.5, NL;q=0.7", "nl"),
        ("de, en;q=0.4, nl;q=0.3", "en"),
        ("fr", "nl"),
        ("en;q=veel, *", "nl"),
        ("en;q=", "nl"),
        (",;,;q=,", "nl"),
    ] {
        let page = read(ask(&clinic, "/open/settings/mail", accepted).await).await;
        assert_eq!(all(&page.text, "lang"), [language], "{accepted:?}");
        assert_eq!(page.headers["content-language"], language);
    }
}

// N2
#[tokio::test]
async fn a_link_that_is_none_of_ours_has_no_page() {
    let clinic = Clinic::open().await;
    let id = "0190b5c8-7d8e-7abc-8def-00000000000a";
    for path in [
        "/open".to_owned(),
        "/open/".to_owned(),
        "/open/settings".to_owned(),
        "/open/settings/overleg".to_owned(),
        "/open/conversation/".to_owned(),
        format!("/open/conversation/{id}/1"),
        format!("/open/conversation/{}", id.to_uppercase()),
        format!("/open/conversation/{}", id.replace('-', "")),
        format!("/open/conversation/%7B{id}%7D"),
        format!("/open/conversation/{id}%22%3E%3Cscript%3E"),
        "/open/conversation/%00%ff".to_owned(),
        "/open/conversation/..%2fsettings%2fmail".to_owned(),
    ] {
        assert_eq!(ask(&clinic, &path, "nl").await.status(), 404, "{path}");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let url = clinic.url("/open/settings/mail");
        let refused = clinic.http.request(method.clone(), url).send().await.unwrap();
        assert_eq!(refused.status(), 404, "{method}");
    }
    let head = clinic.http.head(clinic.url(&format!("/open/conversation/{id}")));
    assert_eq!(head.send().await.unwrap().status(), 200);
}
