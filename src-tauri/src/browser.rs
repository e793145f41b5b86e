//! Web addresses open in the browser of the system; the window itself never navigates away.

use serde::Serialize;
use tauri::Url;

/// Reason for not opening an address.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotOpened {
    /// Not an `https` address: a file, another scheme, or no address at all.
    NotHttps,
    /// The browser is missing or did not start.
    NoBrowser,
}

/// Opens an `https` address in the system's browser.
#[tauri::command]
pub async fn open_link(url: String) -> Result<(), NotOpened> {
    let url = https(&url).ok_or(NotOpened::NotHttps)?;
    tauri_plugin_opener::open_url(url.as_str(), None::<&str>).map_err(|_| NotOpened::NoBrowser)
}

/// Accepts an `https` address with a host. Rejects a user name or password, because it could be read as the host.
fn https(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (url.scheme() == "https" && url.has_host() && plain).then_some(url)
}

/// Whether the window may show a page: one from inside the program, or an empty page.
pub fn is_own(url: &Url) -> bool {
    let own_host = match url.host_str() {
        Some("tauri.localhost") => true,
        // The development server, in a development build.
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
