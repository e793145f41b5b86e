use std::cell::Cell;
use std::net::Ipv4Addr;

use super::*;

thread_local! {
    /// How far the clock of this test is ahead.
    pub(super) static LATER: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

const BOUNDS: Bounds = Bounds {
    all: 6,
    of_address: 3,
};

fn port(proxies: Vec<IpAddr>) -> Arc<Connections> {
    let counts = Arc::new(Counts::default());
    Connections::new(BOUNDS, Deadlines::default(), proxies, counts)
}

fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

fn is_closed(admitted: &Admitted) -> bool {
    admitted.pulse.closed.is_cancelled()
}

/// Moves the port's clock on, and closes the connections that have passed their deadline.
fn later(connections: &Connections, by: Duration) {
    LATER.set(LATER.get() + by);
    connections.sweep();
}

// I5
#[test]
fn a_client_that_sends_nothing_before_or_after_tls_is_closed_at_the_deadline_of_each() {
    let port = port(Vec::new());
    let deadlines = Deadlines::default();
    let before = port.admit(address(1)).unwrap();
    let after = port.admit(address(1)).unwrap();
    later(&port, deadlines.handshake / 2);
    after.pulse.ready();
    later(&port, deadlines.handshake / 2);
    assert_eq!([&before, &after].map(is_closed), [true, false]);
    // A byte now and then, as of a preface or a head that never ends, earns no time.
    after.pulse.heard();
    later(&port, deadlines.head / 2);
    assert!(is_closed(&after));
}

// I5
#[test]
fn a_connection_that_asks_again_in_time_stays_and_one_that_begins_to_ask_must_end() {
    let port = port(Vec::new());
    let deadlines = Deadlines::default();
    let admitted = port.admit(address(1)).unwrap();
    admitted.pulse.ready();
    for _ in 0..5 {
        drop(admitted.pulse.ask(false));
        later(&port, deadlines.idle - Duration::from_secs(1));
        assert!(!is_closed(&admitted));
        admitted.pulse.heard();
    }
    later(&port, deadlines.head);
    assert!(is_closed(&admitted));
}

// I5
#[test]
fn in_http_2_what_is_no_request_neither_keeps_a_connection_nor_ends_it() {
    let port = port(Vec::new());
    let deadlines = Deadlines::default();
    let admitted = port.admit(address(1)).unwrap();
    admitted.pulse.ready();
    drop(admitted.pulse.ask(true));
    admitted.pulse.heard();
    later(&port, deadlines.idle - Duration::from_secs(1));
    assert!(!is_closed(&admitted));
    admitted.pulse.heard();
    later(&port, Duration::from_secs(1));
    assert!(is_closed(&admitted));
}

// I5
#[test]
fn an_answer_that_lasts_has_no_deadline_and_any_other_has() {
    let port = port(Vec::new());
    let deadlines = Deadlines::default();
    let [lasting, ordinary] = [(); 2].map(|()| port.admit(address(1)).unwrap());
    let mut stream = lasting.pulse.ask(false);
    stream.last();
    let _answer = ordinary.pulse.ask(false);
    later(&port, deadlines.request * 2);
    assert_eq!([&lasting, &ordinary].map(is_closed), [false, true]);
    drop(stream);
    later(&port, deadlines.idle);
    assert!(is_closed(&lasting));
}

// I5
#[test]
fn a_client_that_reads_nothing_is_closed() {
    let port = port(Vec::new());
    let deadlines = Deadlines::default();
    let admitted = port.admit(address(1)).unwrap();
    let mut stream = admitted.pulse.ask(false);
    stream.last();
    admitted.pulse.wrote(false);
    later(&port, deadlines.reader / 2);
    admitted.pulse.wrote(true);
    admitted.pulse.wrote(false);
    later(&port, deadlines.reader / 2);
    assert!(!is_closed(&admitted));
    later(&port, deadlines.reader / 2);
    assert!(is_closed(&admitted));
}

// I5
#[test]
fn of_one_address_the_oldest_that_asks_nothing_makes_room_and_no_other_addresss() {
    let port = port(Vec::new());
    let other = port.admit(address(9)).unwrap();
    let [oldest, second, third] = [(); 3].map(|()| port.admit(address(1)).unwrap());
    let asked = oldest.pulse.ask(false);
    let fourth = port.admit(address(1)).unwrap();
    assert_eq!(
        [&other, &oldest, &second, &third, &fourth].map(is_closed),
        [false, false, true, false, false]
    );
    // With a request in progress on every connection the new one is refused; a body that is still being read makes
    // room.
    let _rest = [&third, &fourth].map(|one| one.pulse.ask(false));
    assert!(port.admit(address(1)).is_none());
    let reading = third.pulse.read();
    let fifth = port.admit(address(1)).unwrap();
    assert!(is_closed(&third));
    drop((asked, reading, fifth));
    assert_eq!(port.len(), 3);
}

// I5
#[test]
fn a_connection_with_a_session_counts_for_no_address_and_is_closed_last() {
    let port = port(Vec::new());
    let known: Vec<Admitted> = (0..4)
        .map(|_| {
            let admitted = port.admit(address(1)).unwrap();
            admitted.pulse.know();
            drop(admitted.pulse.ask(false));
            admitted
        })
        .collect();
    let strangers: Vec<Admitted> = (0..2).map(|_| port.admit(address(1)).unwrap()).collect();
    // The port is full.
    let newest = port.admit(address(2)).unwrap();
    assert!(is_closed(&strangers[0]) && !is_closed(&strangers[1]));
    assert!(known.iter().all(|known| !is_closed(known)));
    let asked: Vec<Asked> = [&strangers[1], &newest]
        .iter()
        .map(|one| one.pulse.ask(false))
        .collect();
    let last = port.admit(address(3)).unwrap();
    assert!(is_closed(&known[0]) && !is_closed(&known[1]));
    drop((asked, last, known, strangers, newest));
    assert_eq!(port.len(), 0);
    let open = port.open();
    assert!(open.unknown.is_empty() && open.unknown_of.is_empty());
}

// I5
#[test]
fn a_trusted_proxy_has_no_bound_of_its_own_and_an_ipv6_network_has_one_for_all_of_it() {
    let proxied = port(vec![address(1)]);
    let of_proxy: Vec<Admitted> = (0..6).map(|_| proxied.admit(address(1)).unwrap()).collect();
    assert!(!of_proxy.iter().any(is_closed));
    let direct = port(Vec::new());
    let of_network: Vec<Admitted> = (0..4)
        .map(|number| {
            direct
                .admit(format!("2001:db8::{number}").parse().unwrap())
                .unwrap()
        })
        .collect();
    assert!(is_closed(&of_network[0]));
    let mapped: Vec<Admitted> = ["192.0.2.7", "::ffff:192.0.2.7", "192.0.2.7"]
        .iter()
        .map(|text| direct.admit(text.parse().unwrap()).unwrap())
        .collect();
    drop(mapped);
}

// I5
#[test]
fn closed_and_refused_connections_are_counted_by_reason() {
    let port = port(Vec::new());
    let admitted = port.admit(address(1)).unwrap();
    later(&port, Deadlines::default().handshake);
    // Counted once, although `sweep` runs twice.
    later(&port, Deadlines::default().handshake);
    drop(admitted);
    let all: Vec<Admitted> = (0..3).map(|_| port.admit(address(1)).unwrap()).collect();
    let _asked: Vec<Asked> = all.iter().map(|one| one.pulse.ask(false)).collect();
    assert!(port.admit(address(1)).is_none());
    let text = port.counts.text(crate::app::counts::Levels {
        connections: port.len(),
        streams: 0,
        body_bytes: 0,
        catch_up_bytes: 0,
        transfers: 0,
    });
    for line in [
        "overleg_connections 3",
        "overleg_connections_refused_total 1",
        "overleg_connections_closed_total{reason=\"handshake\"} 1",
        "overleg_connections_closed_total{reason=\"idle\"} 0",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
}
