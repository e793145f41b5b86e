//! Jobs: leased, done once, retried.

use super::*;

fn job(number: u128, due: i64) -> JobRow {
    JobRow {
        id: JobId(Uuid::from_u128(number)),
        kind: "test".to_owned(),
        name: None,
        payload: format!("{{\"number\":{number}}}"),
        due: Timestamp(due),
    }
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
    let leased = store.lease_jobs(Timestamp(now), Timestamp(until), most);
    let mut leased: Vec<_> = leased.await.unwrap();
    leased.sort_by_key(|job| job.id);
    let number = |job: LeasedJob| {
        let number = job.id.0.as_u128();
        assert_eq!(
            (job.kind.as_str(), job.payload),
            ("test", format!("{{\"number\":{number}}}"))
        );
        (number, job.attempt)
    };
    leased.into_iter().map(number).collect()
}

pub(super) async fn a_job_that_is_due_is_leased_to_one_worker_until_the_lease_ends(store: &dyn Store) {
    assert_eq!(store.next_job().await.unwrap(), None);
    write(store, vec![job(1, 30), job(2, 10), job(3, 20)]).await;
    assert_eq!(store.next_job().await.unwrap(), Some(Timestamp(10)));
    assert_eq!(lease(store, 9, 100, 10).await, []);
    // The longest due first.
    assert_eq!(lease(store, 25, 100, 1).await, [(2, 1)]);
    assert_eq!(lease(store, 25, 100, 10).await, [(3, 1)]);
    assert_eq!(lease(store, 25, 100, 10).await, []);
    assert_eq!(store.next_job().await.unwrap(), Some(Timestamp(30)));
    // Their worker died.
    assert_eq!(lease(store, 100, 200, 10).await, [(1, 1), (2, 2), (3, 2)]);
}

pub(super) async fn an_attempt_whose_lease_passed_to_another_ends_nothing(store: &dyn Store) {
    write(store, vec![job(1, 10)]).await;
    let id = JobId(Uuid::from_u128(1));
    assert_eq!(lease(store, 10, 20, 1).await, [(1, 1)]);
    assert_eq!(lease(store, 20, 30, 1).await, [(1, 2)]);
    assert!(!store.finish_job(id, 1, None).await.unwrap());
    assert!(!store.retry_job(id, 1, Timestamp(21)).await.unwrap());
    assert!(store.retry_job(id, 2, Timestamp(25)).await.unwrap());
    assert_eq!(lease(store, 24, 40, 1).await, []);
    assert_eq!(lease(store, 25, 40, 1).await, [(1, 3)]);
    assert!(store.finish_job(id, 3, None).await.unwrap());
    assert!(!store.finish_job(id, 3, None).await.unwrap());
    assert_eq!(store.next_job().await.unwrap(), None);
}

pub(super) async fn of_a_name_there_is_one_job_and_it_can_be_due_again(store: &dyn Store) {
    let named = |number, due| JobRow {
        name: Some("hourly".to_owned()),
        ..job(number, due)
    };
    write(store, vec![named(1, 10)]).await;
    write(store, vec![named(2, 5), job(3, 7)]).await;
    assert_eq!(lease(store, 10, 20, 10).await, [(1, 1), (3, 1)]);
    let id = JobId(Uuid::from_u128(1));
    assert!(store.finish_job(id, 1, Some(Timestamp(50))).await.unwrap());
    assert_eq!(lease(store, 49, 60, 10).await, [(3, 2)]);
    // As a new one.
    assert_eq!(lease(store, 50, 60, 1).await, [(1, 1)]);
    assert!(store.finish_job(id, 1, None).await.unwrap());
    write(store, vec![named(2, 5)]).await;
    assert_eq!(lease(store, 50, 60, 1).await, [(2, 1)]);
}
