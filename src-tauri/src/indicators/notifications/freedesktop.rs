//! Notifications of Linux, by the Desktop Notifications Specification, with any server.
//!
//! A server may read the body as markup, and says so in its capabilities: there the body is escaped, otherwise it is sent as
//! it is. The title is never markup. One thread carries all requests out, so that they stay in request, over one connection,
//! because some servers report a click only to the connection that sent the notification.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use client::api::Link;
use client::notifier::About;
use tauri::AppHandle;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::zvariant::Value;

use super::Content;

/// The action of a click on the notification itself, in the specification.
const CLICK: &str = "default";
const SERVER: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
/// The bus's signal that a name has another owner.
const OWNER: &str = "NameOwnerChanged";
/// Why a notification was closed, in the specification: its time was over.
const EXPIRED: u32 = 1;
/// A server that does not answer for this long is treated as absent.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of the program waits for a server.
const END_WITHIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Backend {
    requests: Sender<Request>,
}

#[derive(Debug)]
enum Request {
    Show {
        about: About,
        content: Content,
        /// Gets whether the server accepted it.
        accepted: Option<Sender<bool>>,
    },
    Replace {
        about: About,
        content: Content,
    },
    Withdraw(Vec<About>),
    /// Withdraws all, then answers.
    End(Sender<()>),
    /// Answers once every earlier request is done.
    #[cfg(test)]
    Flush(Sender<()>),
}

/// A notification that the server shows, or keeps in its list.
#[derive(Clone, Debug)]
struct Standing {
    /// Its id at the server.
    number: u32,
    /// The server's own name on the bus: one that starts anew uses the ids again, for notifications of other programs.
    server: String,
    /// The link that a click opens.
    link: Option<Link>,
    /// Its time on the screen is over; many servers keep it in a list.
    expired: bool,
}

type Shown = Arc<Mutex<HashMap<About, Standing>>>;

fn locked(shown: &Shown) -> MutexGuard<'_, HashMap<About, Standing>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend {
    pub(super) fn open(_app: &AppHandle, clicked: impl Fn(Option<Link>) + Send + Sync + 'static) -> Backend {
        Backend::with_bus(connection::Builder::session, clicked)
    }

    /// Connects to the bus that `bus` builds.
    fn with_bus(
        bus: impl Fn() -> zbus::Result<connection::Builder<'static>> + Send + 'static,
        clicked: impl Fn(Option<Link>) + Send + Sync + 'static,
    ) -> Backend {
        let (requests, received) = channel();
        let clicked: Arc<dyn Fn(Option<Link>) + Send + Sync> = Arc::new(clicked);
        let connect = move || Server::connect(bus()?, Arc::clone(&clicked));
        let started = std::thread::Builder::new()
            .name("notifications".into())
            .spawn(move || carry_out(&received, connect));
        if let Err(error) = started {
            tracing::warn!(%error, "there are no notifications");
        }
        Backend { requests }
    }

    pub(in super::super) fn show(&self, about: About, content: Content) {
        let accepted = None;
        self.send(Request::Show {
            about,
            content,
            accepted,
        });
    }

    /// As [`Backend::show`], and whether the server accepted it, which comes later.
    pub(in super::super) fn attempt(&self, about: About, content: Content) -> Receiver<bool> {
        let (accepted, answer) = channel();
        self.send(Request::Show {
            about,
            content,
            accepted: Some(accepted),
        });
        answer
    }

    /// Replaces a notification only while it is shown: one that the user dismissed does not come back.
    pub(super) fn replace(&self, about: About, content: Content) {
        self.send(Request::Replace { about, content });
    }

    pub(super) fn withdraw(&self, about: &[About]) {
        self.send(Request::Withdraw(about.to_vec()));
    }

    pub(super) fn end(&self) {
        let (done, ended) = channel();
        self.send(Request::End(done));
        if ended.recv_timeout(END_WITHIN).is_err() {
            tracing::warn!("notifications could not be taken away");
        }
    }

    fn send(&self, request: Request) {
        if self.requests.send(request).is_err() {
            tracing::warn!("a notification could not be shown");
        }
    }
}

/// Carries requests out until every sender is dropped. Reconnects at the next request to show after the server is lost.
fn carry_out(requests: &Receiver<Request>, connect: impl Fn() -> zbus::Result<Server>) {
    let mut server: Option<Server> = None;
    for request in requests {
        let is_needed = matches!(request, Request::Show { .. });
        if server.is_none() && is_needed {
            server = connect()
                .inspect_err(|error| tracing::warn!(%error, "there is no bus for notifications"))
                .ok();
        }
        let done = match (&server, request) {
            (
                Some(server),
                Request::Show {
                    about,
                    content,
                    accepted,
                },
            ) => {
                let shown = server.show(about, content);
                if let Some(accepted) = accepted {
                    let _nobody_waits = accepted.send(shown.is_ok());
                }
                shown
            }
            (Some(server), Request::Replace { about, content }) => server.replace(about, content),
            (Some(server), Request::Withdraw(about)) => server.withdraw(&about),
            (Some(server), Request::End(done)) => {
                let ended = server.withdraw(&server.all());
                let _nobody_waits = done.send(());
                ended
            }
            #[cfg(test)]
            (_, Request::Flush(done)) => {
                let _nobody_waits = done.send(());
                Ok(())
            }
            (None, Request::End(done)) => {
                let _nobody_waits = done.send(());
                Ok(())
            }
            (None, _) => Ok(()),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the notification server did not do as it was asked");
            // The connection still works when the server refuses a request.
            if !matches!(error, zbus::Error::MethodError(..)) {
                server = None;
            }
        }
    }
}

struct Server {
    bus: Connection,
    shown: Shown,
}

impl Server {
    fn connect(
        bus: connection::Builder<'static>,
        clicked: Arc<dyn Fn(Option<Link>) + Send + Sync>,
    ) -> zbus::Result<Server> {
        let bus = bus.method_timeout(PATIENCE).build()?;
        let shown = Shown::default();
        let signal = || zbus::MatchRule::builder().msg_type(zbus::message::Type::Signal);
        let of_server = signal().path(PATH)?.interface(SERVER)?.build();
        let of_owner = signal()
            .sender(BUS)?
            .interface(BUS)?
            .member(OWNER)?
            .add_arg(SERVER)?
            .build();
        // One iterator for both, so that they are handled in their order.
        let signals = MessageIterator::from(&bus);
        let rules = DBusProxy::new(&bus)?;
        rules.add_match_rule(of_server)?;
        rules.add_match_rule(of_owner)?;
        let known = Arc::clone(&shown);
        std::thread::Builder::new()
            .name("notification-clicks".into())
            .spawn(move || {
                for signal in signals.flatten() {
                    on_signal(&signal, &known, clicked.as_ref());
                }
            })
            .map_err(|error| zbus::Error::InputOutput(Arc::new(error)))?;
        Ok(Server { bus, shown })
    }

    /// Withdraws an earlier notification about the same thing first.
    fn show(&self, about: About, content: Content) -> zbus::Result<()> {
        self.withdraw(&[about])?;
        let text = as_shown(&self.capabilities(), &content.text);
        // Locked while the request is sent, so that the thread of signals waits until the id is known.
        let mut shown = locked(&self.shown);
        let (number, server) = self.notify(0, &content.title, &text)?;
        let standing = Standing {
            number,
            server,
            link: content.link,
            expired: false,
        };
        shown.insert(about, standing);
        Ok(())
    }

    fn replace(&self, about: About, content: Content) -> zbus::Result<()> {
        let capabilities = self.capabilities();
        let keeps = capabilities.as_ref().is_ok_and(|can| keeps_expired(can));
        let text = as_shown(&capabilities, &content.text);
        let mut shown = locked(&self.shown);
        let Some(standing) = shown.get_mut(&about) else {
            return Ok(());
        };
        // It would come up on the screen again.
        if standing.expired && !keeps {
            drop(shown);
            return self.withdraw(&[about]);
        }
        let (number, server) = self.notify(standing.number, &content.title, &text)?;
        *standing = Standing {
            number,
            server,
            link: content.link,
            expired: standing.expired,
        };
        Ok(())
    }

    fn withdraw(&self, about: &[About]) -> zbus::Result<()> {
        for about in about {
            let number = locked(&self.shown).remove(about).map(|standing| standing.number);
            let Some(number) = number else { continue };
            match self.ask("CloseNotification", &(number,)) {
                // Some servers answer with an error when the notification is gone already.
                Ok(_) | Err(zbus::Error::MethodError(..)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn all(&self) -> Vec<About> {
        locked(&self.shown).keys().copied().collect()
    }

    fn capabilities(&self) -> zbus::Result<Vec<String>> {
        self.ask("GetCapabilities", &())?.body().deserialize()
    }

    /// Its id, and the name of the server that gave it.
    fn notify(&self, in_place_of: u32, title: &str, text: &str) -> zbus::Result<(u32, String)> {
        let hints = HashMap::from([
            ("category", Value::from("im.received")),
            ("suppress-sound", Value::from(true)),
        ]);
        let (icon, actions, as_the_server_likes) = ("overleg", [CLICK, ""], -1_i32);
        let notification = (
            "Overleg",
            in_place_of,
            icon,
            title,
            text,
            &actions[..],
            hints,
            as_the_server_likes,
        );
        let answer = self.ask("Notify", &notification)?;
        let server = answer.header().sender().map(ToString::to_string);
        Ok((answer.body().deserialize()?, server.unwrap_or_default()))
    }

    fn ask<B>(&self, method: &str, body: &B) -> zbus::Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.bus
            .call_method(Some(SERVER), PATH, Some(SERVER), method, body)
    }
}

/// Handles a signal: a click calls `clicked`, a closed notification is forgotten, and those of a server that is gone.
fn on_signal(signal: &zbus::Message, shown: &Shown, clicked: &(dyn Fn(Option<Link>) + Send + Sync)) {
    let header = signal.header();
    let body = signal.body();
    if header.message_type() != zbus::message::Type::Signal {
        return;
    }
    match header.member().map(|member| member.as_str()) {
        Some("ActionInvoked") => {
            let Ok((number, CLICK)) = body.deserialize::<(u32, &str)>() else {
                return;
            };
            let link = locked(shown)
                .values()
                .find(|known| known.number == number)
                .map(|known| known.link);
            if let Some(link) = link {
                clicked(link);
            }
        }
        Some("NotificationClosed") => {
            let Ok((number, why)) = body.deserialize::<(u32, u32)>() else {
                return;
            };
            if why == EXPIRED {
                let mut shown = locked(shown);
                let known = shown.values_mut().filter(|known| known.number == number);
                known.for_each(|known| known.expired = true);
            } else {
                locked(shown).retain(|_, known| known.number != number);
            }
        }
        Some(OWNER) => {
            if let Ok((SERVER, former, _)) = body.deserialize::<(&str, &str, &str)>() {
                locked(shown).retain(|_, known| known.server != former);
            }
        }
        _ => {}
    }
}

/// The body to send so that the server shows the text exactly as written.
fn as_shown(capabilities: &zbus::Result<Vec<String>>, text: &str) -> String {
    match capabilities {
        Ok(capabilities) if !reads_markup(capabilities) => text.to_owned(),
        // Also when the capabilities are unknown: the user sees a superfluous "&lt;", but not text taken for markup.
        _ => escaped(text),
    }
}

/// Whether those whose time is over stay in a list.
fn keeps_expired(capabilities: &[String]) -> bool {
    capabilities.iter().any(|can| can == "persistence")
}

fn reads_markup(capabilities: &[String]) -> bool {
    capabilities.iter().any(|can| can == "body-markup")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
#[path = "freedesktop_tests.rs"]
mod tests;
