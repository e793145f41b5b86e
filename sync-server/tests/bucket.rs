//! Files in the bucket of a real S3 server (`s3s-fs`), which keeps its objects in a folder (F1).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::path::Path;

use common::*;
use conversation::AttachmentId;
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use sync_server::config::BucketConfig;
use sync_server::server::admin::{FilesRequest, FilesResponse};
use tokio::task::JoinSet;

const MIB: usize = 1024 * 1024;

/// An S3 server on this machine with one bucket, and its address.
async fn s3(folder: &Path) -> (String, JoinSet<()>) {
    std::fs::create_dir_all(folder.join("bestanden")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("linde", "geheim-van-de-linde"));
    let service = builder.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            connections.spawn(async move {
                let http = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = http.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    (address, tasks)
}

fn objects(folder: &Path) -> usize {
    let folders = std::fs::read_dir(folder.join("bestanden/attachments"));
    let folders = folders.into_iter().flatten();
    folders
        .map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count())
        .sum()
}

// F1, F2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_files_move_into_the_bucket_and_are_read_deleted_and_checked_there() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, _serving) = s3(folder.path()).await;
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "geheim-van-de-linde\n").unwrap();
    let clinic = Clinic::open_with(|config| {
        config.attachments.bucket = Some(BucketConfig {
            endpoint,
            region: "us-east-1".to_owned(),
            name: "bestanden".to_owned(),
            access_key: "linde".to_owned(),
            secret,
        });
    })
    .await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (anna, bram) = (
        clinic.person("Anna", home).await,
        clinic.person("Bram", home).await,
    );
    let group = clinic.start_group(&anna, &[&bram], "Wondzorg").await;
    // Larger than one part on its way into the bucket.
    let bytes = b"Mevrouw Wintergroen, wond links. ".repeat(9 * MIB / 33);
    let file = clinic.upload(&anna, group, "brief.txt", &bytes).await;
    let small = clinic.upload(&anna, group, "klein.txt", b"Rustig.").await;
    let (large, id) = (file.id, small.id);
    clinic.send_files(&anna, group, vec![file, small]).await;
    assert_eq!(objects(folder.path()), 2);
    let here = std::fs::read_dir(clinic.data().join("attachments")).unwrap();
    let here = here.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    assert_eq!(here.count(), 0);
    let fetch = async |id: AttachmentId, range| clinic.fetch(&bram, id, range).await.bytes().await.unwrap();
    assert_eq!(fetch(large, None).await, bytes);
    assert_eq!(
        fetch(large, Some("bytes=8000000-8100000")).await,
        bytes[8_000_000..=8_100_000]
    );
    assert_eq!(fetch(id, None).await, b"Rustig."[..]);
    let admin = clinic.running().admin();
    let check = async || match admin.attachments(FilesRequest::Check).await.unwrap() {
        FilesResponse::Checked(checked) => (checked.files, checked.missing, checked.damaged),
        other => panic!("{other:?}"),
    };
    assert_eq!(check().await, (2, vec![], vec![]));
    // Nothing there is readable, and a changed object is not served.
    let hex = large.0.simple().to_string();
    let object = folder
        .path()
        .join("bestanden/attachments")
        .join(&hex[30..])
        .join(&hex);
    let mut sealed = std::fs::read(&object).unwrap();
    assert!(!sealed.windows(11).any(|word| word == b"Wintergroen"));
    sealed[5 * MIB] ^= 1;
    std::fs::write(&object, sealed).unwrap();
    assert_eq!(check().await, (2, vec![], vec![large]));
    assert!(clinic.fetch(&bram, large, None).await.bytes().await.is_err());
    let hex = id.0.simple().to_string();
    std::fs::remove_file(
        folder
            .path()
            .join("bestanden/attachments")
            .join(&hex[30..])
            .join(&hex),
    )
    .unwrap();
    assert_eq!(check().await, (2, vec![id], vec![large]));
    assert_eq!(clinic.fetch(&bram, id, None).await.status(), 404);
    // An upload that is cancelled leaves the bucket, too.
    let cancelled = clinic.upload(&anna, group, "later.txt", b"Nog niet.").await.id;
    assert_eq!(objects(folder.path()), 2);
    let path = format!("/v1/attachments/{cancelled}");
    let deleted = clinic.tus(&anna, "DELETE", &path, &[]).send().await.unwrap();
    assert_eq!((deleted.status().as_u16(), objects(folder.path())), (204, 1));
}

// F2, I5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_waits_in_the_folder_while_the_bucket_does_not_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, serving) = s3(folder.path()).await;
    let secret = folder.path().join("secret");
    // A wrong secret: the bucket refuses, as one does whose keys were changed.
    std::fs::write(&secret, "een ander geheim").unwrap();
    let bucket = BucketConfig {
        endpoint,
        region: "us-east-1".to_owned(),
        name: "bestanden".to_owned(),
        access_key: "linde".to_owned(),
        secret: secret.clone(),
    };
    let mut clinic = Clinic::open_with(|config| config.attachments.bucket = Some(bucket)).await;
    let home = clinic.organisation("Thuiszorg De Linde").await;
    let (anna, bram) = (
        clinic.person("Anna", home).await,
        clinic.person("Bram", home).await,
    );
    let group = clinic.start_group(&anna, &[&bram], "Wondzorg").await;
    let id = AttachmentId(clinic.id());
    clinic.begin_upload(&anna, id, group, "brief.txt", 15).await;
    let failed = clinic.bring(&anna, id, 0, b"Wond is rustig.".to_vec()).await;
    assert_eq!(failed.status(), 500);
    std::fs::write(&secret, "geheim-van-de-linde").unwrap();
    clinic.restart().await;
    let again = clinic.bring(&anna, id, 0, b"Wond is rustig.".to_vec()).await;
    assert_eq!(again.status(), 204);
    drop(serving);
}
