//! Jobs: leased, done once, retried.

use super::*;

fn job(number: u128, due: i64) -> JobRow {
    JobRow {
        id: JobId(Uuid::from_u128(number)),
        kind: "test".to_owned(),
        name: None,
        payload: format!("{{\"number\":{number}}}"),
        due: Timestamp(due),
        repeat: Repeat::Keep,
    }
}

fn sooner(number: u128, due: i64) -> JobRow {
    JobRow {
        name: Some("mail/anna".to_owned()),
        repeat: Repeat::Sooner,
        ..job(number, due)
    }
}

fn of(number: u128, attempt: u32) -> Lease {
    let job = JobId(Uuid::from_u128(number));
    Lease { job, attempt }
}

fn failure(due: i64, counts: bool) -> JobFailure {
    JobFailure {
        due: Timestamp(due),
        fault: "451".to_owned(),
        counts,
    }
}

const TEST: &[&str] = &["test"];

async fn next(store: &dyn Store) -> Option<Timestamp> {
    store.next_job(TEST).await.unwrap()
}

async fn finish(store: &dyn Store, lease: Lease, again: Option<i64>) -> bool {
    store.finish_job(lease, again.map(Timestamp)).await.unwrap()
}

async fn write(store: &dyn Store, jobs: Vec<JobRow>) {
    let append = Append {
        jobs,
        ..Append::default()
    };
    assert!(!append.is_empty());
    assert_eq!(store.append(&append).await.unwrap(), Appended::default());
}

async fn lease(store: &dyn Store, now: i64, until: i64, most: u32) -> Vec<(u128, u32)> {
    let leased = store.lease_jobs(TEST, Timestamp(now), Timestamp(until), most);
    let mut leased: Vec<_> = leased.await.unwrap();
    leased.sort_by_key(|job| job.lease);
    let number = |job: LeasedJob| {
        let number = job.lease.job.0.as_u128();
        assert_eq!(
            (job.kind.as_str(), job.payload),
            ("test", format!("{{\"number\":{number}}}"))
        );
        (number, job.lease.attempt)
    };
    leased.into_iter().map(number).collect()
}

pub(super) async fn a_job_that_is_due_is_leased_to_one_worker_until_the_lease_ends(store: &dyn Store) {
    assert_eq!(next(store).await, None);
    write(store, vec![job(1, 30), job(2, 10), job(3, 20)]).await;
    assert_eq!(next(store).await, Some(Timestamp(10)));
    assert_eq!(lease(store, 9, 100, 10).await, []);
    // The longest due first.
    assert_eq!(lease(store, 25, 100, 1).await, [(2, 1)]);
    assert_eq!(lease(store, 25, 100, 10).await, [(3, 1)]);
    assert_eq!(lease(store, 25, 100, 10).await, []);
    assert_eq!(next(store).await, Some(Timestamp(30)));
    // Their worker died.
    assert_eq!(lease(store, 100, 200, 10).await, [(1, 1), (2, 2), (3, 2)]);
}

pub(super) async fn an_attempt_whose_lease_passed_to_another_ends_nothing(store: &dyn Store) {
    write(store, vec![job(1, 10)]).await;
    assert_eq!(lease(store, 10, 20, 1).await, [(1, 1)]);
    assert_eq!(lease(store, 20, 30, 1).await, [(1, 2)]);
    assert!(!finish(store, of(1, 1), None).await);
    assert!(!store.retry_job(of(1, 1), &failure(21, true)).await.unwrap());
    assert!(store.retry_job(of(1, 2), &failure(25, true)).await.unwrap());
    assert_eq!(lease(store, 24, 40, 1).await, []);
    assert_eq!(lease(store, 25, 40, 1).await, [(1, 3)]);
    assert!(finish(store, of(1, 3), None).await);
    assert!(!finish(store, of(1, 3), None).await);
    assert_eq!(next(store).await, None);
}

pub(super) async fn of_a_name_there_is_one_job_and_it_can_be_due_again(store: &dyn Store) {
    let named = |number, due| JobRow {
        name: Some("hourly".to_owned()),
        ..job(number, due)
    };
    write(store, vec![named(1, 10)]).await;
    write(store, vec![named(2, 5), job(3, 7)]).await;
    assert_eq!(lease(store, 10, 20, 10).await, [(1, 1), (3, 1)]);
    // A recurring job is not asked for, but there.
    write(store, vec![named(2, 5)]).await;
    assert!(finish(store, of(1, 1), Some(50)).await);
    assert_eq!(lease(store, 49, 60, 10).await, [(3, 2)]);
    assert_eq!(lease(store, 50, 60, 1).await, [(1, 2)]);
    assert!(finish(store, of(1, 2), None).await);
    write(store, vec![named(2, 5)]).await;
    assert_eq!(lease(store, 50, 60, 1).await, [(2, 1)]);
}

/// A worker that hung has the number of an attempt; if the numbers began anew, another would have the same one a round later.
pub(super) async fn an_attempt_of_an_earlier_round_ends_nothing(store: &dyn Store) {
    write(store, vec![job(1, 10)]).await;
    assert_eq!(lease(store, 10, 20, 1).await, [(1, 1)]);
    // The first worker hangs, the second finishes, the third begins the next round.
    assert_eq!(lease(store, 20, 30, 1).await, [(1, 2)]);
    assert!(finish(store, of(1, 2), Some(40)).await);
    assert_eq!(lease(store, 40, 50, 1).await, [(1, 3)]);
    for earlier in [of(1, 1), of(1, 2)] {
        assert!(!finish(store, earlier, None).await);
        assert!(!store.renew_job(earlier, Timestamp(90)).await.unwrap());
        assert!(!store.retry_job(earlier, &failure(90, true)).await.unwrap());
    }
    assert_eq!(next(store).await, Some(Timestamp(50)));
    assert!(finish(store, of(1, 3), Some(60)).await);
    // Of one attempt only the first result counts.
    assert!(!finish(store, of(1, 3), None).await);
    assert!(!store.retry_job(of(1, 3), &failure(90, true)).await.unwrap());
    assert_eq!(lease(store, 60, 70, 1).await, [(1, 4)]);
    assert!(store.retry_job(of(1, 4), &failure(80, true)).await.unwrap());
    assert!(!finish(store, of(1, 4), None).await);
    assert!(!store.renew_job(of(1, 4), Timestamp(90)).await.unwrap());
    assert_eq!(next(store).await, Some(Timestamp(80)));
}

pub(super) async fn a_job_asked_for_while_it_is_leased_is_due_again_when_it_ends(store: &dyn Store) {
    write(store, vec![sooner(1, 10)]).await;
    assert_eq!(lease(store, 10, 100, 1).await, [(1, 1)]);
    // Three messages arrive while the mail about the first is being sent.
    write(store, vec![sooner(2, 30), sooner(3, 20)]).await;
    write(store, vec![sooner(4, 40)]).await;
    assert_eq!(lease(store, 99, 200, 10).await, []);
    assert!(finish(store, of(1, 1), None).await);
    assert_eq!(next(store).await, Some(Timestamp(20)));
    assert_eq!(lease(store, 20, 100, 10).await, [(1, 2)]);
    // The earlier of its own next moment and the one that it was asked for.
    write(store, vec![sooner(2, 70)]).await;
    assert!(finish(store, of(1, 2), Some(60)).await);
    assert_eq!(lease(store, 60, 100, 1).await, [(1, 3)]);
    write(store, vec![sooner(2, 70)]).await;
    assert!(finish(store, of(1, 3), Some(80)).await);
    assert_eq!(lease(store, 70, 100, 1).await, [(1, 4)]);
    assert!(finish(store, of(1, 4), None).await);
    assert_eq!(next(store).await, None);
}

pub(super) async fn a_job_asked_for_sooner_is_due_sooner(store: &dyn Store) {
    write(store, vec![sooner(1, 50)]).await;
    write(store, vec![sooner(2, 60)]).await;
    assert_eq!(next(store).await, Some(Timestamp(50)));
    write(store, vec![sooner(2, 40), sooner(3, 45)]).await;
    assert_eq!(next(store).await, Some(Timestamp(40)));
    assert_eq!(lease(store, 45, 100, 10).await, [(1, 1)]);
    assert!(finish(store, of(1, 1), None).await);
    assert_eq!(next(store).await, None);
}

/// An attempt sees all that was written before its lease, and nothing of a moment that is still to come.
pub(super) async fn a_lease_answers_earlier_requests_and_keeps_those_of_a_later_moment(store: &dyn Store) {
    write(store, vec![sooner(1, 10)]).await;
    assert_eq!(lease(store, 10, 20, 1).await, [(1, 1)]);
    write(store, vec![sooner(2, 15)]).await;
    // The first worker died.
    assert_eq!(lease(store, 20, 30, 1).await, [(1, 2)]);
    write(store, vec![sooner(2, 90)]).await;
    assert_eq!(lease(store, 30, 40, 1).await, [(1, 3)]);
    assert!(finish(store, of(1, 3), None).await);
    assert_eq!(next(store).await, Some(Timestamp(90)));
}

pub(super) async fn a_request_does_not_end_the_pause_after_a_failure(store: &dyn Store) {
    write(store, vec![sooner(1, 10)]).await;
    assert_eq!(lease(store, 10, 20, 1).await, [(1, 1)]);
    assert!(store.retry_job(of(1, 1), &failure(60, true)).await.unwrap());
    write(store, vec![sooner(2, 30)]).await;
    assert_eq!(lease(store, 59, 70, 1).await, []);
    assert_eq!(lease(store, 60, 70, 1).await, [(1, 2)]);
    assert!(finish(store, of(1, 2), None).await);
    assert_eq!(next(store).await, None);
}

pub(super) async fn jobs_of_other_kinds_are_left(store: &dyn Store) {
    let of_kind = |number, kind: &str, due| JobRow {
        kind: kind.to_owned(),
        ..job(number, due)
    };
    let jobs = vec![
        of_kind(1, "mail", 10),
        of_kind(2, "of_tomorrow", 5),
        of_kind(3, "attend", 30),
        of_kind(4, "mail", 20),
        of_kind(5, "attend", 15),
    ];
    write(store, jobs).await;
    let lease = async |kinds: &[&str], most| {
        let leased = store.lease_jobs(kinds, Timestamp(50), Timestamp(90), most);
        let leased = leased.await.unwrap();
        let mut numbers: Vec<u128> = leased.iter().map(|job| job.lease.job.0.as_u128()).collect();
        numbers.sort_unstable();
        numbers
    };
    let (both, none): (&[&str], &[&str]) = (&["attend", "mail"], &[]);
    assert_eq!(store.next_job(both).await.unwrap(), Some(Timestamp(10)));
    assert_eq!(store.next_job(&["attend"]).await.unwrap(), Some(Timestamp(15)));
    assert_eq!(store.next_job(none).await.unwrap(), None);
    assert_eq!(store.next_job(&["scan"]).await.unwrap(), None);
    assert!(lease(none, 10).await.is_empty());
    // The longest due of all these kinds.
    assert_eq!(lease(both, 2).await, [1, 5]);
    assert_eq!(lease(&["mail"], 10).await, [4]);
    assert_eq!(lease(both, 10).await, [3]);
    assert_eq!(
        store.next_job(&["of_tomorrow"]).await.unwrap(),
        Some(Timestamp(5))
    );
}

pub(super) async fn a_lease_is_renewed_by_its_attempt_only(store: &dyn Store) {
    write(store, vec![job(1, 10)]).await;
    assert_eq!(lease(store, 10, 20, 1).await, [(1, 1)]);
    assert!(store.renew_job(of(1, 1), Timestamp(40)).await.unwrap());
    assert_eq!(lease(store, 39, 50, 1).await, []);
    assert_eq!(lease(store, 40, 50, 1).await, [(1, 2)]);
    assert!(!store.renew_job(of(1, 1), Timestamp(80)).await.unwrap());
    assert!(!store.renew_job(of(2, 2), Timestamp(80)).await.unwrap());
    assert_eq!(next(store).await, Some(Timestamp(50)));
    assert!(finish(store, of(1, 2), Some(60)).await);
    assert!(!store.renew_job(of(1, 2), Timestamp(80)).await.unwrap());
}

pub(super) async fn failures_are_counted_until_a_success_and_listed_by_their_code(store: &dyn Store) {
    write(store, vec![job(1, 10), job(2, 10), job(3, 70)]).await;
    let failures = async |now, until| {
        let leased = store.lease_jobs(TEST, Timestamp(now), Timestamp(until), 10);
        let mut leased = leased.await.unwrap();
        leased.sort_by_key(|job| job.lease);
        leased.into_iter().map(|job| job.failures).collect::<Vec<_>>()
    };
    assert_eq!(failures(10, 20).await, [0, 0]);
    // A lost lease is no failure; one of the mail server is none of the job.
    assert_eq!(failures(20, 30).await, [0, 0]);
    assert!(store.retry_job(of(1, 2), &failure(40, true)).await.unwrap());
    assert!(store.retry_job(of(2, 2), &failure(45, false)).await.unwrap());
    assert_eq!(failures(45, 50).await, [1, 0]);
    assert!(store.retry_job(of(1, 3), &failure(60, true)).await.unwrap());
    let level = |fault: Option<&str>, jobs, due, first, failures| JobLevel {
        kind: "test".to_owned(),
        fault: fault.map(str::to_owned),
        jobs,
        due,
        first: Timestamp(first),
        failures,
    };
    let levels = store.job_levels(Timestamp(55)).await.unwrap();
    assert_eq!(
        levels,
        [level(None, 1, 0, 70, 0), level(Some("451"), 2, 1, 50, 2)]
    );
    // The operator wakes what waits after a failure, and nothing else.
    assert_eq!(store.wake_jobs(&["mail"], Timestamp(56)).await.unwrap(), 0);
    assert_eq!(store.wake_jobs(TEST, Timestamp(56)).await.unwrap(), 1);
    assert_eq!(failures(56, 66).await, [0, 0]);
    assert!(finish(store, of(1, 4), Some(80)).await);
    assert!(finish(store, of(2, 4), None).await);
    let levels = store.job_levels(Timestamp(70)).await.unwrap();
    assert_eq!(levels, [level(None, 2, 1, 70, 0)]);
}
