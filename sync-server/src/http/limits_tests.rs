use super::*;

// I5
#[test]
fn a_body_may_take_as_long_as_its_bytes_are_worth_and_no_longer_than_the_longest() {
    let deadlines = Deadlines::default();
    let mut pace = Pace::new(&deadlines);
    let began = pace.began;
    assert_eq!(pace.until(), began + deadlines.body);
    // A byte every twenty seconds earns hardly any time.
    pace.came(1);
    assert!(pace.until() < began + deadlines.body + Duration::from_secs(1));
    pace.came(40 * 1024);
    assert!(pace.until() >= began + deadlines.body + Duration::from_secs(10));
    pace.came(100 * 1024 * 1024);
    assert_eq!(pace.until(), began + deadlines.longest_body);
}

// I5
#[test]
fn every_route_that_takes_a_body_has_its_limit_and_only_commands_the_largest() {
    for (_, path, _) in super::super::every_route() {
        let most = largest_body(path);
        assert!(most <= protocol::LARGEST_REQUEST);
        if path.starts_with("/v1/session/") {
            assert_eq!(most, 4 * 1024, "{path}");
        }
        assert_eq!(
            most == protocol::LARGEST_REQUEST,
            path == "/v1/commands",
            "{path}"
        );
    }
}
