//! A source system of the demo, as its own engineer would write it: it knows the address of the server, its key, and the
//! routes of the items API.

use anyhow::ensure;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

/// A quality system that registers what happened, and for whom.
#[derive(Debug)]
pub struct SourceSystem {
    http: Client,
    url: String,
    key: String,
}

impl SourceSystem {
    pub fn new(url: &str, key: String) -> anyhow::Result<SourceSystem> {
        Ok(SourceSystem {
            http: Client::builder().no_proxy().build()?,
            url: url.trim_end_matches('/').to_owned(),
            key,
        })
    }

    /// Registers an item, or changes the one of that reference; the address that opens it in Overleg.
    pub async fn register(&self, reference: &str, item: &Value) -> anyhow::Result<String> {
        let path = format!("/v1/source/items/{reference}");
        let answer = self.ask(Method::PUT, &path, item).await?;
        let answer: Value = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(answer["address"].as_str().unwrap_or_default().to_owned())
    }

    pub async fn grant(&self, login: &str, item_type: &str, permission: &str) -> anyhow::Result<()> {
        let body = json!({ "login": login, "type": item_type, "permission": permission });
        self.ask(Method::PUT, "/v1/source/permissions", &body).await?;
        Ok(())
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.url);
        let request = self.http.request(method, url).bearer_auth(&self.key);
        let response = request.json(body).send().await?;
        let status = response.status();
        ensure!(status.is_success(), "the items API answered {status} at {path}");
        Ok(response)
    }
}

/// Registers what the demo's conversations can be about; reference, title and address of each.
pub async fn register_all(source: &SourceSystem) -> anyhow::Result<Vec<(String, String)>> {
    let mut registered = Vec::new();
    for (reference, item) in items() {
        let address = source.register(reference, &item).await?;
        registered.push((item["title"].as_str().unwrap_or_default().to_owned(), address));
    }
    // The handler of an incident of the night is granted it when the incident is registered.
    source.grant("sanne@debeuk.example", "Incident", "handle").await?;
    source.grant("anna@debeuk.example", "Incident", "analyse").await?;
    Ok(registered)
}

fn items() -> [(&'static str, Value); 5] {
    let item = |title: &str, item_type: &str, unit: &str, client: &str, closed: bool| {
        json!({
            "title": title,
            "type": item_type,
            "unit": unit,
            "link": "https://kwaliteit.debeuk.example/",
            "client": client,
            "closed": closed,
        })
    };
    let kastanjelaan = "Praktijk Kastanjelaan";
    [
        (
            "M-2026-014",
            item(
                "Verkeerde dosering metoprolol na ontslag",
                "Melding",
                kastanjelaan,
                "C-1042",
                false,
            ),
        ),
        (
            "M-2026-017",
            item(
                "Wondverzorging twee dagen niet overgedragen aan de thuiszorg",
                "Melding",
                kastanjelaan,
                "C-0877",
                false,
            ),
        ),
        (
            "M-2026-009",
            item(
                "Uitslag van het laboratorium te laat gezien",
                "Melding",
                "Praktijk Stationsplein",
                "C-0311",
                true,
            ),
        ),
        (
            "I-2026-003",
            item("Val in de wachtkamer", "Incident", kastanjelaan, "C-1210", false),
        ),
        (
            "V-2026-002",
            item(
                "Overdracht bij ontslag uit het ziekenhuis",
                "Verbetermaatregel",
                "Maatschap De Beuk",
                "alle",
                false,
            ),
        ),
    ]
}
