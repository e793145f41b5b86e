//! The ways to a server: directly, or through the proxies of the system or of the organisation's policy, in the order in which
//! they are tried. A proxy auto-configuration script (PAC) names them for each server.
//!
//! A script comes over the network and is nobody's to trust: it is run by QuickJS, with a limit of time, memory and stack, and
//! sees the server's origin and nothing else. One that cannot be had, does not end, or names nothing that can be used leaves the
//! direct way, as in browsers: a computer that is taken home has neither the script nor the proxies.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::Duration;

use chrono::{Local, Offset as _};
use proxy_watch::pac::{PacPolicy, PacScript, evaluate};
use proxy_watch::{ProxyMode, ProxyStep};
use reqwest::{Client, Url};
use tokio::task::spawn_blocking;

use crate::ports::ProxyChoice;

/// Of a script, in bytes: those of large organisations have tens of thousands.
const LARGEST_SCRIPT: usize = 1024 * 1024;
/// For fetching a script: where there is none, nobody waits longer for the direct way.
const FETCH: Duration = Duration::from_secs(5);
/// For running it, looking up of names included.
const RUN: Duration = Duration::from_secs(5);
/// Variables that set up a proxy for this program alone, before all that the system has.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As reqwest finds it: variables of the environment, or the proxy that the system names.
    System,
    Direct,
    /// Through the proxy at this address.
    Through(String),
}

/// A script, or where it is.
enum Script {
    At(Url),
    Here(String),
}

/// The ways to a server, the one to try first in front; never none.
pub(super) async fn ways(choice: &ProxyChoice, server: &Url) -> Vec<Way> {
    ways_within(choice, server, RUN).await
}

async fn ways_within(choice: &ProxyChoice, server: &Url, run: Duration) -> Vec<Way> {
    match choice {
        ProxyChoice::Without => vec![Way::Direct],
        ProxyChoice::At(proxy) => vec![Way::Through(proxy.clone())],
        ProxyChoice::Script(address) => match Url::parse(address) {
            Ok(address) => by_script(Script::At(address), server, run).await,
            Err(_) => vec![Way::Direct],
        },
        ProxyChoice::System => match spawn_blocking(system_script).await.ok().flatten() {
            Some(script) => by_script(script, server, run).await,
            None => vec![Way::System],
        },
    }
}

/// The script that the system is set up with; `None` where it has none, or a variable names a proxy.
fn system_script() -> Option<Script> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if VARIABLES.iter().any(is_set) {
        return None;
    }
    match proxy_watch::read().ok()?.effective {
        ProxyMode::Pac { url, .. } => Some(Script::At(url)),
        ProxyMode::PacInline { script, .. } => Some(Script::Here(script)),
        _ => None,
    }
}

async fn by_script(script: Script, server: &Url, run: Duration) -> Vec<Way> {
    let text = match script {
        Script::Here(text) => Some(text),
        Script::At(address) => fetch(address).await,
    };
    let Some(text) = text else {
        tracing::warn!("the script that names the proxies cannot be had: servers are reached directly");
        return vec![Way::Direct];
    };
    let server = server.clone();
    let ran = spawn_blocking(move || evaluate(&PacScript::new(text), &server, &policy(run))).await;
    match ran {
        Ok(Ok(steps)) => usable(&steps),
        // The error may quote the script.
        Ok(Err(_)) | Err(_) => {
            tracing::warn!("the script that names the proxies fails: servers are reached directly");
            vec![Way::Direct]
        }
    }
}

fn usable(steps: &[ProxyStep]) -> Vec<Way> {
    let mut ways = Vec::new();
    for step in steps {
        let way = match step {
            ProxyStep::Direct => Some(Way::Direct),
            ProxyStep::Http(_) | ProxyStep::Https(_) => step.to_url().map(|url| Way::Through(url.into())),
            // Nothing here speaks SOCKS.
            _ => None,
        };
        ways.extend(way.filter(|way| !ways.contains(way)));
    }
    if ways.is_empty() {
        ways.push(Way::Direct);
    }
    ways
}

fn policy(run: Duration) -> PacPolicy {
    let policy = PacPolicy::new()
        // Scripts tell by addresses whether a server, or this computer, is inside.
        .with_dns_resolution(true)
        .with_internal_addresses(true)
        .with_timeout(Some(run))
        .with_local_utc_offset(Local::now().offset().fix().local_minus_utc());
    match own_address() {
        Some(address) => policy.with_my_ip_address(address),
        None => policy,
    }
}

/// The address of this computer on the network that leads out. Nothing is sent for it.
fn own_address() -> Option<IpAddr> {
    // Reserved for documentation, so that it is nobody's.
    const OUTSIDE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(OUTSIDE).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The text of a script; `None` where there is none in time, or it is no text of a sensible length.
async fn fetch(address: Url) -> Option<String> {
    if address.scheme() == "file" {
        let path = address.to_file_path().ok()?;
        let size = tokio::fs::metadata(&path).await.ok()?.len();
        if size > LARGEST_SCRIPT as u64 {
            return None;
        }
        return tokio::fs::read_to_string(path).await.ok();
    }
    let client = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::limited(3))
        .timeout(FETCH);
    let client = if address.scheme() == "http" {
        // No certificate is asked for, so that the system's need not be there.
        client.tls_certs_only([])
    } else {
        client
    };
    let mut response = client.build().ok()?.get(address).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        if bytes.len() + piece.len() > LARGEST_SCRIPT {
            return None;
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
