//! The address of a server, as people type or paste it.
//!
//! Kept is its origin: scheme, host in lower case, and the port where it is not the scheme's own. A path is dropped;
//! a name, a password, a query or a fragment is refused, since none of them is part of a server's address. Without a
//! scheme it is `https`. Plain `http` is for this machine itself only, where nobody can listen in.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use crate::ports::BadAddress;

/// More than a name in the DNS, a scheme and a port have together; in bytes.
const LONGEST: usize = 1_000;

/// The origin of a server that may be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerAddress(Url);

impl ServerAddress {
    /// On this machine itself: `localhost`, `127.0.0.0/8` or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Without encryption.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for ServerAddress {
    type Err = BadAddress;

    fn from_str(typed: &str) -> Result<ServerAddress, BadAddress> {
        // Pasted along from a mail, without anybody seeing it.
        let seen: String = typed.chars().filter(|c| !matching::is_unseen(*c)).collect();
        let typed = seen.trim();
        // The parser of URLs forgives white space and backslashes by dropping and turning them; who typed them meant
        // something else.
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
        if typed.len() > LONGEST || typed.contains(odd) {
            return Err(BadAddress);
        }
        let whole = if typed.contains("://") {
            typed.to_owned()
        } else {
            format!("https://{typed}")
        };
        let mut url = Url::parse(&whole).map_err(|_| BadAddress)?;
        let named = !url.username().is_empty() || url.password().is_some();
        if named || url.query().is_some() || url.fragment().is_some() || url.port() == Some(0) {
            return Err(BadAddress);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => return Err(BadAddress),
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(BadAddress);
        }
        url.set_path("");
        Ok(ServerAddress(url))
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// By what the parser made of the host, so that no other spelling of an address slips through.
fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let literal = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host == "localhost"
        || literal
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(typed: &str) -> Option<String> {
        typed
            .parse::<ServerAddress>()
            .ok()
            .map(|address| address.to_string())
    }

    // I1
    #[test]
    fn an_address_is_kept_as_its_origin_and_is_https_but_for_this_machine_itself() {
        for (typed, expected) in [
            ("server.example", Some("https://server.example")),
            ("https://server.example/", Some("https://server.example")),
            (
                " HTTPS://Server.Example:443/overleg/x ",
                Some("https://server.example"),
            ),
            ("server.example:8443", Some("https://server.example:8443")),
            ("https://zorg-café.nl", Some("https://xn--zorg-caf-i1a.nl")),
            (
                "\u{feff}https://ser\u{200B}ver.example\u{202C}",
                Some("https://server.example"),
            ),
            ("http://127.0.0.1:1234", Some("http://127.0.0.1:1234")),
            ("http://127.9.8.7", Some("http://127.9.8.7")),
            ("http://[::1]:8080/", Some("http://[::1]:8080")),
            ("http://localhost:80", Some("http://localhost")),
            ("https://localhost:4433", Some("https://localhost:4433")),
            ("http://server.example", None),
            ("http://127.0.0.1.evil.example", None),
            ("http://localhost.evil.example", None),
            ("http://localhost@evil.example", None),
            ("http://10.0.0.1", None),
            ("http://[::ffff:10.0.0.1]", None),
            ("https://anna@server.example", None),
            ("https://server.example/?x=1", None),
            ("https://server.example/#invite=ABC", None),
            ("https://server.example:99999", None),
            ("https://server.example:0", None),
            ("https:\\\\server.example", None),
            ("https://ser\tver.example", None),
            ("ftp://server.example", None),
            ("file:///etc/passwd", None),
            ("javascript:alert(1)", None),
            ("https://", None),
            ("twee woorden", None),
            ("", None),
        ] {
            assert_eq!(kept(typed).as_deref(), expected, "{typed}");
        }
    }

    proptest! {
        // I1
        #[test]
        fn an_address_once_kept_is_kept_unchanged(typed in "(https?://)?[a-z0-9.:/@\\[\\]-]{0,24}") {
            let first = kept(&typed);
            prop_assert_eq!(first.as_deref().and_then(kept), first.clone());
            let plain = first.filter(|first| first.starts_with("http://"));
            let address = plain.map(|plain| plain.parse::<ServerAddress>().expect("it was kept"));
            prop_assert!(address.is_none_or(|address| address.is_loopback()));
        }
    }
}
