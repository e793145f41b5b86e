//! The development server: it is for one interface, and answers as the window does.

use anyhow::Result;
use conversation::Timestamp;
use futures_util::StreamExt as _;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use stories::dev_api::{DevApi, Setting};

const INTERFACE: &str = "http://127.0.0.1:5173";

async fn started() -> Result<DevApi> {
    let origin = Some(INTERFACE.to_owned());
    let now = Some(Timestamp(1_795_268_100_000));
    DevApi::start(Setting { origin, now }).await
}

fn request(api: &DevApi, method: Method, path: &str) -> Result<RequestBuilder> {
    let client = Client::builder().no_proxy().build()?;
    Ok(client.request(method, format!("{}{path}", api.url)))
}

/// Posts with the token, as the interface does.
async fn post(api: &DevApi, path: &str, body: &Value) -> Result<Response> {
    let request = request(api, Method::POST, path)?.bearer_auth(&api.token);
    Ok(request.header("origin", INTERFACE).json(body).send().await?)
}

async fn call(api: &DevApi, person: &str, call: &str, args: Value) -> Result<(StatusCode, Value)> {
    let answer = post(
        api,
        &format!("/call/{person}"),
        &json!({ "call": call, "args": args }),
    )
    .await?;
    Ok((answer.status(), answer.json().await?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_development_server_answers_nobody_without_its_token_and_no_other_page() -> Result<()> {
    let api = started().await?;
    assert!(api.url.starts_with("http://127.0.0.1:"), "{}", api.url);
    let paths = [
        (Method::GET, "/world"),
        (Method::POST, "/world/reset"),
        (Method::POST, "/call/anna"),
        (Method::POST, "/shell/anna"),
        (Method::GET, "/events/anna"),
        (Method::GET, "/elsewhere"),
    ];
    for (method, path) in paths {
        let plain = request(&api, method.clone(), path)?.send().await?;
        assert_eq!(plain.status(), StatusCode::UNAUTHORIZED, "{path}");
        let wrong = request(&api, method.clone(), path)?
            .bearer_auth("wrong")
            .send()
            .await?;
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "{path}");
        let elsewhere = request(&api, method, path)?.bearer_auth(&api.token);
        let elsewhere = elsewhere.header("origin", "http://127.0.0.1:5174").send().await?;
        assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN, "{path}");
        assert_eq!(elsewhere.headers().get("access-control-allow-origin"), None);
        assert_eq!(elsewhere.headers()["content-type"], "application/json");
    }
    // A browser asks before it sends a token.
    let ask = request(&api, Method::OPTIONS, "/call/anna")?.header("origin", INTERFACE);
    let allowed = ask.send().await?;
    assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
    assert_eq!(allowed.headers()["access-control-allow-origin"], INTERFACE);
    api.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_development_server_answers_as_the_window_does() -> Result<()> {
    let api = started().await?;
    let (status, session) = call(&api, "anna", "session", json!({})).await?;
    assert_eq!(
        (status, &session["session"]),
        (StatusCode::OK, &json!("signed_in"))
    );
    let (_, session) = call(&api, "femke", "session", json!({})).await?;
    assert_eq!(session["session"], "signed_out");
    // A failure is the error that the window gets.
    let unknown = json!({ "conversation": "00000000-0000-7000-8000-000000000001" });
    let (status, error) = call(&api, "anna", "conversation", unknown.clone()).await?;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        error,
        json!({ "error": "refused", "refusal": "no_such_conversation" })
    );
    let (status, _) = call(&api, "anna", "no_such_call", unknown).await?;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = call(&api, "nobody", "session", json!({})).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // A browser has no tray, and says so.
    let view = post(&api, "/shell/anna", &json!({ "call": "view", "args": {} })).await?;
    let view: Value = view.json().await?;
    let none = json!({ "tray": false, "start_at_login": false, "shortcut": false });
    assert_eq!(view["can"], none);
    api.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_development_server_sends_what_became_stale_until_its_world_is_made_anew() -> Result<()> {
    let api = started().await?;
    let stream = request(&api, Method::GET, "/events/anna")?.bearer_auth(&api.token);
    let mut events = Box::pin(stream.send().await?.bytes_stream());
    let link = json!({ "link": "overleg://conversation/00000000-0000-7000-8000-000000000001" });
    let opened = post(&api, "/world/link/anna", &link).await?;
    assert_eq!(opened.status(), StatusCode::OK);
    let mut heard = String::new();
    while !heard.contains(r#"data: [{"stale":"link"}]"#) {
        let piece = events.next().await.transpose()?.unwrap_or_default();
        assert!(!piece.is_empty(), "the stream ended after {heard:?}");
        heard += &String::from_utf8_lossy(&piece);
    }
    let advanced = post(&api, "/world/advance", &json!({ "milliseconds": 60_000 })).await?;
    let advanced: Value = advanced.json().await?;
    assert_eq!(advanced["now"], 1_795_268_160_000_i64);
    let anew: Value = post(&api, "/world/reset", &json!({})).await?.json().await?;
    assert_eq!(anew["now"], 1_795_268_100_000_i64);
    // A listener has to reconnect.
    while events.next().await.transpose()?.is_some() {}
    api.stop().await
}
