//! Input that every route refuses.

use reqwest::Method;
use sync_server::http::{For, every_route};

use crate::Role::*;
use crate::documented;
use crate::ward::Ward;

/// Bodies that every route refuses.
fn junk() -> Vec<Vec<u8>> {
    let mut junk: Vec<Vec<u8>> = [
        "",
        "null",
        "[]",
        "17",
        "\"\"",
        "{",
        "{\"commands\": 1}",
        "{\"commands\": [[[]]], \"positions\": {}}",
        "{\"conversation\": \"../../etc/passwd\"}",
        "{\"resume\": {\"a\": 1}, \"mode\": \"never\"}",
        "{\"title\": 1e400}",
        "{\"login\": \"\\ud800\"}",
        "{\"code\": null, \"password\": [], \"device\": 1}",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    junk.push(vec![0xff, 0xfe, 0x00]);
    junk.push(b"{\"title\": \"\xc3\x28\"}".to_vec());
    // Nesting that overflows a recursive parser.
    junk.push("[".repeat(100_000).into_bytes());
    junk.push(format!("{{\"commands\": [{}", "[".repeat(100_000)).into_bytes());
    junk
}

// I3, U2
#[tokio::test]
async fn bad_input_on_every_route_is_refused_with_a_code_and_changes_nothing() {
    let ward = Ward::open().await;
    let admin = ward.clinic.running().admin();
    let before = admin.check(&|_| {}).await.unwrap().entries;
    let mut wrong = Vec::new();
    for (method, path, who) in every_route() {
        let role = match who {
            For::Source => Source,
            For::Person | For::Anyone => Owner,
        };
        if method != Method::GET && !crate::common::reads_json(&method, path) {
            continue;
        }
        let token = ward.bearer(role, path).await.unwrap();
        let (good, _) = ward.probe(&method, path);
        let mut asked: Vec<(String, Vec<u8>)> = Vec::new();
        if method == Method::GET {
            let base = path.split('{').next().unwrap();
            for at in [
                format!("{base}%00%ff?ids=%00&acting=1&from=-1&to=x"),
                format!("{base}..%2f..?from=1"),
                format!("{base}00000000-0000-0000-0000-000000000000/events?from=2&to=1"),
                good.replace("from=1", "from=99999999999999999999")
                    .replace("ids=", "ids=,"),
            ] {
                if at != good {
                    asked.push((at, Vec::new()));
                }
            }
        } else {
            asked.extend(junk().into_iter().map(|body| (good.clone(), body)));
            asked.push((good.clone(), vec![b' '; protocol::LARGEST_REQUEST + 1]));
        }
        for (at, body) in asked {
            let request = ward.clinic.http.request(method.clone(), ward.clinic.url(&at));
            let length = body.len();
            let request = request.header("content-type", "application/json");
            let response = request.bearer_auth(&token).body(body).send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            let coded = serde_json::from_str::<protocol::error::ErrorAnswer>(&text).is_ok();
            let refused = (400..500).contains(&status) && coded;
            // Unknown fields are skipped, and an object with nothing else requests nothing.
            let empty = ["{}", "{\"readers\":[]}"].contains(&text.as_str())
                || text.starts_with("{\"answers\":[],\"now\":");
            let nothing = status == 200 && empty;
            // A spoilt path may match no route.
            if !documented(&method, path, status) && status != 404 {
                wrong.push(format!("{method} {at}: {status} stands in no document"));
            }
            if !refused && !nothing {
                wrong.push(format!("{method} {at} with {length} bytes: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(admin.check(&|_| {}).await.unwrap().entries, before);
}
