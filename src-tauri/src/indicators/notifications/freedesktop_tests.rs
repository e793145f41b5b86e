//! Tests against a notification server of their own, on their own session bus.

use client::notifier::About;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

use super::*;
use crate::indicators::test_bus::Bus;

/// A notification as the server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Received {
    number: u32,
    in_place_of: u32,
    title: String,
    text: String,
    /// The server plays a sound of its own.
    sounds: bool,
}

#[derive(Clone, Default)]
struct FakeServer {
    can: Vec<String>,
    got: Arc<Mutex<Vec<Received>>>,
    closed: Arc<Mutex<Vec<u32>>>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl FakeServer {
    fn get_capabilities(&self) -> Vec<String> {
        self.can.clone()
    }

    #[expect(clippy::too_many_arguments, reason = "so says the specification")]
    fn notify(
        &self,
        _app: String,
        replaces: u32,
        _icon: String,
        title: String,
        text: String,
        _actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut got = self.got.lock().unwrap();
        let number = match replaces {
            0 => 40 + u32::try_from(got.len()).unwrap(),
            other => other,
        };
        got.push(Received {
            number,
            in_place_of: replaces,
            title,
            text,
            sounds: !hints.contains_key("suppress-sound"),
        });
        number
    }

    fn close_notification(&self, number: u32) {
        self.closed.lock().unwrap().push(number);
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, number: u32, action: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, number: u32, why: u32) -> zbus::Result<()>;
}

/// A session bus with a server that has these capabilities, and a backend connected to it.
struct Fixture {
    fake: FakeServer,
    server: Connection,
    backend: Backend,
    clicks: Receiver<Option<Link>>,
    bus: Bus,
}

impl Fixture {
    fn with(can: &[&str]) -> Fixture {
        let bus = Bus::start();
        let fake = FakeServer {
            can: can.iter().map(|can| (*can).to_owned()).collect(),
            ..FakeServer::default()
        };
        let served = connection::Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name(SERVER))
            .and_then(|builder| builder.serve_at(PATH, fake.clone()))
            .and_then(connection::Builder::build);
        let (sender, clicks) = channel();
        let sender = Mutex::new(sender);
        let address = bus.address.clone();
        let backend = Backend::with_bus(
            move || connection::Builder::address(address.as_str()),
            move |link| sender.lock().unwrap().send(link).unwrap(),
        );
        Fixture {
            fake,
            server: served.expect("a server on a bus of its own"),
            backend,
            clicks,
            bus,
        }
    }

    fn show(&self, about: About, text: &str) {
        self.backend.show(about, content(text));
    }

    /// Waits until every request so far is done.
    fn got(&self) -> Vec<Received> {
        let (done, ended) = channel();
        self.backend.requests.send(Request::Flush(done)).unwrap();
        ended.recv_timeout(Duration::from_secs(60)).unwrap();
        self.fake.got.lock().unwrap().clone()
    }

    fn emit(&self, signal: &str, body: &(impl serde::Serialize + zbus::zvariant::DynamicType)) {
        self.server
            .emit_signal(None::<()>, PATH, SERVER, signal, body)
            .unwrap();
    }

    fn click(&self, number: u32) -> Option<Link> {
        self.emit("ActionInvoked", &(number, "default"));
        self.clicks.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

fn conversation(number: u128) -> About {
    About::Conversation(id(number))
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: u128) -> T {
    format!("01890000-0000-7000-8000-{number:012}").parse().unwrap()
}

fn content(text: &str) -> Content {
    Content {
        title: "Jansen & <Zn>".into(),
        text: text.into(),
        link: Some(Link::Conversation {
            conversation: id(1),
            number: None,
        }),
    }
}

const ODD: [(&str, &str); 6] = [
    (
        "Hb < 6 en RR > 160 & koorts",
        "Hb &lt; 6 en RR &gt; 160 &amp; koorts",
    ),
    ("<b>vet</b>", "&lt;b&gt;vet&lt;/b&gt;"),
    ("<img src=\"x\"/>", "&lt;img src=\"x\"/&gt;"),
    ("<a href='https://a'>", "&lt;a href='https://a'&gt;"),
    ("&amp; &lt; &#60;", "&amp;amp; &amp;lt; &amp;#60;"),
    ("2 <3", "2 &lt;3"),
];

// N1, M1
#[test]
fn a_notification_shows_the_text_as_written_on_servers_with_and_without_markup() {
    for (can, escapes) in [
        (&["actions", "body", "body-markup"][..], true),
        (&["actions", "body", "body-hyperlinks"], false),
        (&[], false),
    ] {
        let fixture = Fixture::with(can);
        for (text, _) in ODD {
            fixture.show(conversation(1), text);
        }
        let got = fixture.got();
        let texts: Vec<&str> = got.iter().map(|got| got.text.as_str()).collect();
        assert_eq!(
            texts,
            ODD.map(|(text, escaped)| if escapes { escaped } else { text })
        );
        // No server reads the title as markup.
        assert!(got.iter().all(|got| got.title == "Jansen & <Zn>"));
    }
}

// N1, M3
#[test]
fn a_changed_notification_replaces_the_earlier_one() {
    let fixture = Fixture::with(&["body-markup"]);
    fixture.show(conversation(1), "2 mg");
    fixture.show(conversation(2), "Anders");
    fixture.backend.replace(conversation(1), content("20 mg & <b>"));
    let got = fixture.got();
    let placed: Vec<_> = got
        .iter()
        .map(|got| (got.number, got.in_place_of, got.sounds))
        .collect();
    assert_eq!(placed, [(40, 0, false), (41, 0, false), (40, 40, false)]);
    assert_eq!(got[2].text, "20 mg &amp; &lt;b&gt;");
    fixture.backend.withdraw(&[conversation(1)]);
    fixture.got();
    assert_eq!(*fixture.fake.closed.lock().unwrap(), [40]);
}

// N1
#[test]
fn a_dismissed_notification_does_not_come_back_with_another_text() {
    let fixture = Fixture::with(&[]);
    fixture.show(conversation(1), "2 mg");
    fixture.show(conversation(2), "Anders");
    fixture.got();
    fixture.emit("NotificationClosed", &(40_u32, 2_u32));
    // Signals arrive in order: once this click is handled, so is the closing.
    assert!(fixture.click(41).is_some());
    fixture.backend.replace(conversation(1), content("20 mg"));
    assert_eq!(fixture.got().len(), 2);
}

// N1. mattermost/desktop 1974: the program played its sound and the system another.
#[test]
fn the_server_is_asked_for_no_sound_and_all_are_taken_away_at_the_end() {
    let fixture = Fixture::with(&["sound"]);
    fixture.show(conversation(1), "een");
    fixture.show(conversation(1), "nog een");
    let got = fixture.got();
    assert!(got.len() == 2 && got.iter().all(|got| !got.sounds));
    fixture.backend.end();
    assert_eq!(*fixture.fake.closed.lock().unwrap(), [40, 41]);
}

// N1. elementary/notifications 104: a server that called expired what was still in its list.
#[test]
fn one_whose_time_is_over_is_still_withdrawn_and_replaced_only_in_a_list() {
    for keeps in [true, false] {
        let fixture = Fixture::with(if keeps { &["persistence"] } else { &[] });
        fixture.show(conversation(1), "2 mg");
        fixture.show(conversation(2), "Anders");
        fixture.got();
        for number in [40_u32, 41] {
            fixture.emit("NotificationClosed", &(number, EXPIRED));
        }
        // In a list it can be clicked still.
        assert!(fixture.click(41).is_some());
        fixture.backend.replace(conversation(1), content("20 mg"));
        let got = fixture.got();
        assert_eq!(got.len(), if keeps { 3 } else { 2 });
        fixture.backend.withdraw(&[conversation(1), conversation(2)]);
        fixture.got();
        assert_eq!(*fixture.fake.closed.lock().unwrap(), [40, 41]);
    }
}

// N1. telegramdesktop 24119: a server that starts anew gives the ids of before to others.
#[test]
fn of_a_server_that_started_anew_nothing_of_before_is_closed_or_replaced() {
    let fixture = Fixture::with(&[]);
    fixture.show(conversation(1), "Van eerder");
    fixture.got();
    fixture.server.release_name(SERVER).unwrap();
    let fake = FakeServer::default();
    let server = connection::Builder::address(fixture.bus.address.as_str())
        .and_then(|builder| builder.name(SERVER))
        .and_then(|builder| builder.serve_at(PATH, fake.clone()))
        .and_then(connection::Builder::build)
        .unwrap();
    fixture.show(conversation(2), "Daarna");
    fixture.got();
    // Once this click is handled, so is what came before it.
    let clicked = (40_u32, "default");
    server
        .emit_signal(None::<()>, PATH, SERVER, "ActionInvoked", &clicked)
        .unwrap();
    assert!(fixture.clicks.recv_timeout(Duration::from_secs(60)).is_ok());
    fixture.backend.replace(conversation(1), content("Anders"));
    fixture.backend.withdraw(&[conversation(1)]);
    fixture.got();
    let texts: Vec<String> = fake
        .got
        .lock()
        .unwrap()
        .iter()
        .map(|got| got.text.clone())
        .collect();
    assert_eq!(texts, ["Daarna"]);
    assert!(fake.closed.lock().unwrap().is_empty());
    fixture.backend.withdraw(&[conversation(2)]);
    fixture.got();
    assert_eq!(*fake.closed.lock().unwrap(), [40]);
}

// N4
#[test]
fn a_trial_is_a_notification_as_others_and_says_whether_the_server_accepted_it() {
    let fixture = Fixture::with(&["body-markup"]);
    let accepted = fixture.backend.attempt(About::Trial, content("proef"));
    assert_eq!(accepted.recv_timeout(Duration::from_secs(60)), Ok(true));
    assert_eq!(fixture.got().len(), 1);
    assert_eq!(fixture.click(40), content("proef").link);
    fixture.server.release_name(SERVER).unwrap();
    let accepted = fixture.backend.attempt(About::Trial, content("proef"));
    assert_eq!(accepted.recv_timeout(Duration::from_secs(60)), Ok(false));
}

// N4
#[test]
fn without_a_bus_a_trial_is_not_accepted() {
    let no_bus = || connection::Builder::address("unix:path=/nowhere");
    let backend = Backend::with_bus(no_bus, |_| {});
    let accepted = backend.attempt(About::Trial, content("proef"));
    assert!(accepted.recv_timeout(Duration::from_secs(60)).is_err());
}
