//! Addresses go to the system's browser; the window itself never goes anywhere.

use serde::Serialize;
use tauri::Url;

/// Why an address is not opened.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotOpened {
    /// It is no `https` address: a file, a program's own scheme, or none at all.
    NotHttps,
    /// There is no browser, or it did not start.
    NoBrowser,
}

/// Opens an `https` address in the system's browser.
#[tauri::command]
pub async fn open_link(url: String) -> Result<(), NotOpened> {
    let url = https(&url).ok_or(NotOpened::NotHttps)?;
    tauri_plugin_opener::open_url(url.as_str(), None::<&str>).map_err(|_| NotOpened::NoBrowser)
}

/// Only what a browser shows, with a host, and without a name and password in front of it that would pass for one.
fn https(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && url.has_host() && plain).then_some(url)
}

/// What the window may show: its own pages, which come from inside the program, and an empty one.
pub fn is_own(url: &Url) -> bool {
    let own_host = match url.host_str() {
        Some("tauri.localhost") => true,
        // The development server, in a build that takes its pages from there.
        Some("localhost") => tauri::is_dev(),
        _ => false,
    };
    url.as_str() == "about:blank"
        || url.scheme() == "tauri"
        || (own_host && matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // M1, M5
    #[test]
    fn an_https_address_is_opened_and_nothing_else() {
        assert!(https("https://richtlijnen.nhg.org/standaarden/decubitus?a=1#b").is_some());
        for other in [
            "http://example.org",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "overleg://item/019cad99-be20-7254-a6d0-fa580815646b",
            "https://",
            "https://bank.example@elders.example",
            "ms-msdt:/id",
            "",
        ] {
            assert!(https(other).is_none(), "{other}");
        }
    }

    // M1
    #[test]
    fn the_window_shows_its_own_pages_alone() {
        let own = |url: &str| Url::parse(url).is_ok_and(|url| is_own(&url));
        assert!(own("tauri://localhost/index.html"));
        assert!(own("http://tauri.localhost/index.html"));
        assert!(!own("https://elders.example/"));
        assert!(!own("http://tauri.localhost.elders.example/"));
        assert!(!own("data:text/html,hallo"));
    }
}
