//! A development server: real engines and a real server behind HTTP on loopback, for an interface that runs in a browser.
//!
//! The desktop app passes the requests of its interface to the engine in its own process; a browser has no such process, so
//! this one has an engine for each person of a small cast ([`world`]) and answers the same requests with the same views and
//! errors ([`routes`]). What a desktop would do for the window is answered as far as a browser can ([`browser_shell`]).
//!
//! It is a tool of development and tests: no program that is shipped contains it. It listens on 127.0.0.1 at a random port,
//! answers those who know its random token, and refuses every `Origin` but that of the interface.

mod browser_shell;
mod routes;
pub mod world;

use std::net::Ipv4Addr;
use std::sync::Arc;

use conversation::Timestamp;
use platform::{SystemRandom, bytes};
use tokio::net::TcpListener;
use tokio::sync::{RwLock, watch};
use tokio::task::JoinHandle;

use crate::secrecy;
use routes::Api;
use world::World;

/// How it is started.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The `Origin` of the interface, as `http://127.0.0.1:5173`; without one, no page of a browser is answered.
    pub origin: Option<String>,
    /// The moment at which the clock of the world stands until it is advanced; without one it is the machine's.
    pub now: Option<Timestamp>,
}

/// A development server that runs.
#[derive(Debug)]
pub struct DevApi {
    pub url: String,
    pub token: String,
    api: Arc<Api>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl DevApi {
    pub async fn start(setting: Setting) -> anyhow::Result<DevApi> {
        secrecy::listen();
        let world = World::new(setting.now).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let token = new_token();
        secrecy::keep_secret(&token);
        let api = Arc::new(Api {
            token: token.clone(),
            origin: setting.origin,
            now: setting.now,
            world: RwLock::new(world),
            ending: watch::Sender::new(()),
        });
        let router = routes::router(Arc::clone(&api));
        let ended = routes::ended(&api.ending);
        let serving =
            tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await });
        Ok(DevApi {
            url,
            token,
            api,
            serving,
        })
    }

    /// The names by which requests call the people, and what they are called in full.
    pub async fn people(&self) -> Vec<(String, String)> {
        self.api.world.read().await.names()
    }

    /// Ends the engines and the server, and deletes their folders.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.api.ending.send_replace(());
        // Whether or not it ended well, no request is answered any more.
        let _ended = self.serving.await;
        match Arc::into_inner(self.api) {
            Some(api) => api.world.into_inner().end().await,
            None => Ok(()),
        }
    }
}

fn new_token() -> String {
    bytes::<32>(&SystemRandom)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
