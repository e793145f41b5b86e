use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::*;

/// The address of a server that answers every request so.
async fn serves(answer: impl Into<Vec<u8>>) -> String {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut head).await;
            let _ = stream.write_all(&answer).await;
        }
    });
    format!("http://{address}/proxy.pac")
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// The ways by a script with this body of its function.
async fn by(body: &str) -> Vec<Way> {
    by_within(body, RUN).await
}

async fn by_within(body: &str, run: Duration) -> Vec<Way> {
    let script = format!("function FindProxyForURL(url, host) {{ {body} }}");
    let choice = ProxyChoice::Script(serves(ok(&script)).await);
    let server = Url::parse("https://overleg.wijk.example:8443").unwrap();
    ways_within(&choice, &server, run).await
}

fn through(proxies: &[&str]) -> Vec<Way> {
    proxies
        .iter()
        .map(|one| Way::Through((*one).to_owned()))
        .collect()
}

// I4
#[tokio::test]
async fn the_script_names_the_proxies_in_their_order_and_the_direct_way_where_it_says_so() {
    let two = by(r#"return "PROXY een.example:8080; HTTPS twee.example:443; DIRECT";"#).await;
    let mut expected = through(&["http://een.example:8080/", "https://twee.example:443/"]);
    let named = |ways: &[Way]| format!("{ways:?}").replace(":443", "").replace('/', "");
    expected.push(Way::Direct);
    assert_eq!(named(&two), named(&expected));
    let inside = r#"return dnsDomainIs(host, ".wijk.example") ? "DIRECT" : "PROXY een.example:8080";"#;
    assert_eq!(by(inside).await, [Way::Direct]);
    let other = r#"return shExpMatch(host, "*.elders.example") ? "DIRECT" : "PROXY een.example:8080";"#;
    assert_eq!(
        named(&by(other).await),
        named(&through(&["http://een.example:8080/"]))
    );
}

/// It is given the origin: the path, and what stands in a query, is nobody's business.
// I4
#[tokio::test]
async fn the_script_sees_the_host_and_nothing_behind_it() {
    let tells = r#"return url == "https://overleg.wijk.example:8443/" && host == "overleg.wijk.example" ? "PROXY goed.example:1" : "DIRECT";"#;
    assert!(matches!(by(tells).await.as_slice(), [Way::Through(_)]));
}

// I4
#[tokio::test]
async fn a_script_that_does_not_end_or_fails_leaves_the_direct_way() {
    for body in [
        "while (true) {}",
        "return FindProxyForURL(url, host);",
        "var all = []; while (true) all.push(new Array(1000).join('x'));",
        "throw 'nee';",
        "return 7;",
        "return '';",
        "return 'SOCKS een.example:1080';",
        "return 'PROXY';",
        "(",
    ] {
        let ways = by_within(body, Duration::from_millis(200)).await;
        assert_eq!(ways, [Way::Direct], "{body}");
    }
}

// I4
#[tokio::test]
async fn a_script_that_cannot_be_had_leaves_the_direct_way() {
    let large = ok(&" ".repeat(LARGEST_SCRIPT + 1));
    for answer in [
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
        ok("<html>Meld u aan</html>"),
        large,
        "geen HTTP".to_owned(),
    ] {
        let choice = ProxyChoice::Script(serves(answer).await);
        let server = Url::parse("https://overleg.wijk.example").unwrap();
        assert_eq!(ways(&choice, &server).await, [Way::Direct]);
    }
    for address in [
        "http://127.0.0.1:1/proxy.pac",
        "file:///nergens/proxy.pac",
        "ftp://x/y",
        "niets",
    ] {
        let choice = ProxyChoice::Script(address.to_owned());
        let server = Url::parse("https://overleg.wijk.example").unwrap();
        assert_eq!(ways(&choice, &server).await, [Way::Direct], "{address}");
    }
}

// I4
#[tokio::test]
async fn a_script_in_a_file_is_read_and_a_choice_of_the_policy_needs_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("proxy.pac");
    std::fs::write(
        &path,
        "function FindProxyForURL() { return 'PROXY een.example:8080'; }",
    )
    .unwrap();
    let server = Url::parse("https://overleg.wijk.example").unwrap();
    let script = ProxyChoice::Script(Url::from_file_path(&path).unwrap().to_string());
    assert!(matches!(
        ways(&script, &server).await.as_slice(),
        [Way::Through(_)]
    ));
    let proxy = "http://proxy.example:8080".to_owned();
    assert_eq!(
        ways(&ProxyChoice::At(proxy.clone()), &server).await,
        [Way::Through(proxy)]
    );
    assert_eq!(ways(&ProxyChoice::Without, &server).await, [Way::Direct]);
}
