//! By the Desktop Notifications Specification, to whichever server the desktop has.
//!
//! A server may read the text as markup, and says so when it is asked: there it is escaped, elsewhere it goes as it is. The
//! title never is markup. Everything goes through one thread, so that things happen in their order, and over one connection,
//! for some servers tell of a click only whoever sent the notification.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use client::api::Link;
use client::notifier::About;
use tauri::AppHandle;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::zvariant::Value;

use super::Said;

/// What the sound theme calls a short sound for a message.
const SOUND: &str = "message-new-instant";
/// What the specification calls a click on the notification itself.
const CLICK: &str = "default";
const SERVER: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// A server that says nothing for so long is taken for none.
const PATIENCE: Duration = Duration::from_secs(5);
/// At the end of the program nothing waits for a server for longer.
const END_WITHIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct System {
    orders: Sender<Order>,
}

#[derive(Debug)]
enum Order {
    Show {
        about: About,
        said: Said,
        silent: bool,
    },
    Replace {
        about: About,
        said: Said,
    },
    Withdraw(Vec<About>),
    /// All of them, and told when it is done.
    End(Sender<()>),
    /// Told when all before it was done.
    #[cfg(test)]
    Rest(Sender<()>),
}

/// Those that the server shows: its number for each, and where a click leads.
type Shown = Arc<Mutex<HashMap<About, (u32, Option<Link>)>>>;

fn locked(shown: &Shown) -> MutexGuard<'_, HashMap<About, (u32, Option<Link>)>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

impl System {
    pub(super) fn open(_app: &AppHandle, clicked: impl Fn(Option<Link>) + Send + Sync + 'static) -> System {
        System::on(connection::Builder::session, clicked)
    }

    /// On the bus that `bus` names.
    fn on(
        bus: impl Fn() -> zbus::Result<connection::Builder<'static>> + Send + 'static,
        clicked: impl Fn(Option<Link>) + Send + Sync + 'static,
    ) -> System {
        let (orders, taken) = channel();
        let clicked: Arc<dyn Fn(Option<Link>) + Send + Sync> = Arc::new(clicked);
        let connect = move || Server::connect(bus()?, Arc::clone(&clicked));
        let started = std::thread::Builder::new()
            .name("notifications".into())
            .spawn(move || carry_out(&taken, connect));
        if let Err(error) = started {
            tracing::warn!(%error, "there are no notifications");
        }
        System { orders }
    }

    pub(super) fn show(&self, about: About, said: Said, silent: bool) {
        self.order(Order::Show { about, said, silent });
    }

    /// Only where it still stands: what one put away does not come back.
    pub(super) fn replace(&self, about: About, said: Said) {
        self.order(Order::Replace { about, said });
    }

    pub(super) fn withdraw(&self, about: &[About]) {
        self.order(Order::Withdraw(about.to_vec()));
    }

    pub(super) fn end(&self) {
        let (done, ended) = channel();
        self.order(Order::End(done));
        if ended.recv_timeout(END_WITHIN).is_err() {
            tracing::warn!("notifications could not be taken away");
        }
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::warn!("a notification could not be shown");
        }
    }
}

/// Does as it is told until nobody tells anything any more. A server that is gone is looked for at the next order.
fn carry_out(orders: &Receiver<Order>, connect: impl Fn() -> zbus::Result<Server>) {
    let mut server: Option<Server> = None;
    for order in orders {
        let is_needed = matches!(order, Order::Show { .. });
        if server.is_none() && is_needed {
            server = connect()
                .inspect_err(|error| tracing::warn!(%error, "there is no bus for notifications"))
                .ok();
        }
        let done = match (&server, order) {
            (Some(server), Order::Show { about, said, silent }) => server.show(about, said, silent),
            (Some(server), Order::Replace { about, said }) => server.replace(about, said),
            (Some(server), Order::Withdraw(about)) => server.withdraw(&about),
            (Some(server), Order::End(done)) => {
                let ended = server.withdraw(&server.all());
                let _nobody_waits = done.send(());
                ended
            }
            #[cfg(test)]
            (_, Order::Rest(done)) => {
                let _nobody_waits = done.send(());
                Ok(())
            }
            (None, Order::End(done)) => {
                let _nobody_waits = done.send(());
                Ok(())
            }
            (None, _) => Ok(()),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the notification server did not do as it was asked");
            // What a server refused is no reason to leave it.
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
        let rule = zbus::MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .path(PATH)?
            .interface(SERVER)?
            .build();
        let signals = MessageIterator::for_match_rule(rule, &bus, None)?;
        let known = Arc::clone(&shown);
        std::thread::Builder::new()
            .name("notification-clicks".into())
            .spawn(move || {
                for signal in signals.flatten() {
                    heard(&signal, &known, clicked.as_ref());
                }
            })
            .map_err(|error| zbus::Error::InputOutput(Arc::new(error)))?;
        Ok(Server { bus, shown })
    }

    /// One that is shown about the same makes room.
    fn show(&self, about: About, said: Said, silent: bool) -> zbus::Result<()> {
        self.withdraw(&[about])?;
        let text = self.text(&said.text);
        // Held while it is sent: what the server tells of it waits until its number is known.
        let mut shown = locked(&self.shown);
        let number = self.notify(0, &said.title, &text, silent)?;
        shown.insert(about, (number, said.link));
        Ok(())
    }

    fn replace(&self, about: About, said: Said) -> zbus::Result<()> {
        let text = self.text(&said.text);
        let mut shown = locked(&self.shown);
        let Some((number, link)) = shown.get_mut(&about) else {
            return Ok(());
        };
        *number = self.notify(*number, &said.title, &text, true)?;
        *link = said.link;
        Ok(())
    }

    fn withdraw(&self, about: &[About]) -> zbus::Result<()> {
        for about in about {
            let number = locked(&self.shown).remove(about).map(|(number, _)| number);
            let Some(number) = number else { continue };
            match self.ask("CloseNotification", &(number,)) {
                // Some servers call it an error that it is gone already.
                Ok(_) | Err(zbus::Error::MethodError(..)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn all(&self) -> Vec<About> {
        locked(&self.shown).keys().copied().collect()
    }

    /// What is to be handed over so that the text is read as it is written.
    fn text(&self, text: &str) -> String {
        let asked = self.ask("GetCapabilities", &());
        let capabilities = asked.and_then(|answer| answer.body().deserialize::<Vec<String>>());
        match capabilities {
            Ok(capabilities) if !reads_markup(&capabilities) => text.to_owned(),
            // Where it is not known, too: a "&lt;" too many is seen, what a server took for markup is not.
            _ => escaped(text),
        }
    }

    fn notify(&self, in_place_of: u32, title: &str, text: &str, silent: bool) -> zbus::Result<u32> {
        let mut hints = HashMap::from([("category", Value::from("im.received"))]);
        if silent {
            hints.insert("suppress-sound", Value::from(true));
        } else {
            hints.insert("sound-name", Value::from(SOUND));
        }
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
        self.ask("Notify", &notification)?.body().deserialize()
    }

    fn ask<B>(&self, method: &str, body: &B) -> zbus::Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.bus
            .call_method(Some(SERVER), PATH, Some(SERVER), method, body)
    }
}

/// A click leads somewhere once; what was closed stands there no more.
fn heard(signal: &zbus::Message, shown: &Shown, clicked: &(dyn Fn(Option<Link>) + Send + Sync)) {
    let header = signal.header();
    let body = signal.body();
    match header.member().map(|member| member.as_str()) {
        Some("ActionInvoked") => {
            let Ok((number, CLICK)) = body.deserialize::<(u32, &str)>() else {
                return;
            };
            let link = locked(shown)
                .values()
                .find(|(known, _)| *known == number)
                .map(|(_, link)| *link);
            if let Some(link) = link {
                clicked(link);
            }
        }
        Some("NotificationClosed") => {
            if let Ok((number, _why)) = body.deserialize::<(u32, u32)>() {
                locked(shown).retain(|_, (known, _)| *known != number);
            }
        }
        _ => {}
    }
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
