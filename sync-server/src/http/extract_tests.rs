use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The address that a request counts for, where 10.0.0.1 and 10.0.0.2 are trusted.
fn from(peer: &str, said: &str) -> String {
    let proxies = [address("10.0.0.1"), address("10.0.0.2")];
    let said = said.as_bytes().rsplit(|byte| *byte == b',');
    follow(address(peer), &proxies, said).to_string()
}

// I1
#[test]
fn a_proxy_is_believed_however_it_writes_an_address() {
    for said in [
        "192.0.2.7",
        " 192.0.2.7 ",
        "192.0.2.7:50123",
        "[::ffff:192.0.2.7]:9",
        "::ffff:192.0.2.7",
    ] {
        assert_eq!(from("10.0.0.1", said), "192.0.2.7", "{said:?}");
    }
    for said in ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:50123"] {
        assert_eq!(from("10.0.0.1", said), "2001:db8::7", "{said:?}");
    }
    assert_eq!(from("10.0.0.1", "192.0.2.7, 10.0.0.2"), "192.0.2.7");
}

// I1
#[test]
fn an_address_that_a_client_invents_never_counts() {
    // Only the last address is the proxy's word.
    assert_eq!(from("10.0.0.1", "203.0.113.9, 192.0.2.7"), "192.0.2.7");
    assert_eq!(from("10.0.0.1", "10.0.0.2, 192.0.2.7"), "192.0.2.7");
    // Beyond what cannot be read, anything may be an invention.
    for unreadable in [
        "unknown",
        "_hidden",
        "",
        "192.0.2.7:",
        "192.0.2.7:70000",
        "192.0.2",
        "[2001:db8::7",
        "é",
    ] {
        let said = format!("203.0.113.9, {unreadable}");
        assert_eq!(from("10.0.0.1", &said), "10.0.0.1", "{unreadable:?}");
        let said = format!("203.0.113.9, {unreadable}, 10.0.0.2");
        assert_eq!(from("10.0.0.1", &said), "10.0.0.2", "{unreadable:?}");
    }
    // A stranger's word is no proxy's.
    assert_eq!(from("192.0.2.66", "203.0.113.9"), "192.0.2.66");
    assert_eq!(from("10.0.0.1", "10.0.0.2, 10.0.0.1"), "10.0.0.2");
}
