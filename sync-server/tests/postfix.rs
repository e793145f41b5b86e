//! Mail by Postfix, over STARTTLS, read back from its mailboxes (N2). A step of its own runs it, `cargo xtask test postfix`: it needs
//! Postfix, and root.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;
#[path = "common/postfix.rs"]
mod postfix;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::*;
use conversation::{ConversationId, OrganisationId, Seq, Timestamp};
use mail_parser::{Message, MessageParser};
use postfix::Postfix;
use protocol::commands::{CommandsRequest, ReadPosition};
use sync_server::config::{MailConfig, MailSecurity, OrganisationMail};
use sync_server::server::admin_mail::{MailRequest, MailResponse, RefusedMember};

const BRAM: &str = "bram@maasdal.example";
const CARLA: &str = "carla@kliniek.example";
const SUBJECT: &str = "Ontslag van mevrouw L.";
const TEXT: &str = "De wond is rood, kun je meekijken?";
const PATIENCE: Duration = Duration::from_secs(120);
/// Longer than the delay of mail; a session lasts for ten of it.
const LONG: i64 = Timestamp::MINUTE;

/// Two organisations that consult each other, of which one has a sender of its own.
struct Scene {
    clinic: Clinic,
    postfix: Postfix,
    maasdal: OrganisationId,
    anna: Person,
    bram: Person,
    carla: Person,
}

impl Scene {
    async fn open() -> Scene {
        let postfix = Postfix::start(&[BRAM, CARLA]);
        let mut clinic = Clinic::open().await;
        let maasdal = clinic.organisation("Thuiszorg Maasdal").await;
        let kliniek = clinic.organisation("Kliniek Noord").await;
        clinic.network(&[maasdal, kliniek]).await;
        clinic.stop().await;
        let own = OrganisationMail {
            from: Some(
                "Kliniek Noord <bericht@kliniek.example>"
                    .to_owned()
                    .try_into()
                    .unwrap(),
            ),
            wording: None,
        };
        clinic.config.mail = Some(MailConfig {
            server: "localhost".to_owned(),
            port: Some(postfix.port),
            security: MailSecurity::StartTls,
            authority: Some(PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../tests/mail/certificates/authority.pem"
            ))),
            user: None,
            password: None,
            from: "Overleg <overleg@overleg.example>".to_owned().try_into().unwrap(),
            connections: 2,
            a_minute: 600,
            after_seconds: 30,
            organisations: [(kliniek, own)].into(),
        });
        clinic.start().await;
        let anna = clinic
            .mailed_person("Anna", maasdal, "anna@maasdal.example")
            .await;
        let bram = clinic.mailed_person("Bram", maasdal, BRAM).await;
        let carla = clinic.mailed_person("Carla", kliniek, CARLA).await;
        Scene {
            clinic,
            postfix,
            maasdal,
            anna,
            bram,
            carla,
        }
    }

    /// Waits until a mailbox has so many mails; these.
    async fn mailbox(&self, address: &str, count: usize) -> Vec<Vec<u8>> {
        self.until(&format!("{address} has no {count} mails"), async || {
            let mails = self.postfix.mailbox(address);
            (mails.len() >= count).then_some(mails)
        })
        .await
    }

    /// Waits for other programs, which need the processor to get there.
    async fn until<T>(&self, otherwise: &str, ready: impl AsyncFn() -> Option<T>) -> T {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(ready) = ready().await {
                return ready;
            }
            tokio::task::yield_now().await;
        }
        panic!("{otherwise}: {}", self.postfix.log());
    }

    async fn ask(&self, request: MailRequest) -> MailResponse {
        self.clinic.running().admin().mail(request).await.unwrap()
    }

    async fn refused(&self) -> Vec<RefusedMember> {
        self.until("no address is refused", async || {
            match self.ask(MailRequest::Refused).await {
                MailResponse::Refused(members) => (!members.is_empty()).then_some(members),
                other => panic!("{other:?}"),
            }
        })
        .await
    }

    async fn read_to(&self, person: &Person, conversation: ConversationId, number: u64) {
        let request = CommandsRequest {
            positions: vec![ReadPosition {
                conversation,
                number: Seq(number),
            }],
            ..CommandsRequest::default()
        };
        let answer = self.clinic.send(
            "/v1/commands",
            Some(person),
            serde_json::to_string(&request).unwrap(),
        );
        assert_eq!(answer.await.status(), 200);
    }
}

fn parsed(mail: &[u8]) -> Message<'_> {
    MessageParser::default().parse(mail).unwrap()
}

/// The conversations that mails link to.
fn linked(mails: &[Vec<u8>]) -> Vec<String> {
    let texts = mails
        .iter()
        .map(|mail| parsed(mail).body_text(0).unwrap().into_owned());
    let links = texts.map(|text| {
        let (_, behind) = text.split_once("/open/conversation/").unwrap();
        behind.split_whitespace().next().unwrap().to_owned()
    });
    links.collect()
}

fn id_of(mail: &[u8]) -> String {
    parsed(mail).message_id().unwrap().to_owned()
}

// N2, N3, P5
#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_of_postfix_gets_one_mail_a_conversation_until_it_is_opened() {
    let scene = Scene::open().await;
    let Scene {
        clinic,
        anna,
        bram,
        carla,
        ..
    } = &scene;
    let group = clinic.start_group(anna, &[bram, carla], SUBJECT).await;
    clinic.say(anna, group, TEXT).await;
    clinic.clock.advance(LONG);
    let of_bram = scene.mailbox(BRAM, 1).await;
    let of_carla = scene.mailbox(CARLA, 1).await;

    let mail = parsed(&of_carla[0]);
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Kliniek Noord"), Some("bericht@kliniek.example"))
    );
    assert_eq!(mail.return_address(), Some("bericht@kliniek.example"));
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(CARLA));
    assert_eq!(
        mail.header_raw("Auto-Submitted").unwrap().trim(),
        "auto-generated"
    );
    assert!(
        mail.subject().unwrap().starts_with("Overleg: "),
        "{:?}",
        mail.subject()
    );
    // Encrypted on the way, as Postfix says.
    let received = mail.header_raw("Received").unwrap();
    assert!(received.contains("with ESMTPS"), "{received}");
    let general = parsed(&of_bram[0]);
    let from = general.from().unwrap().first().unwrap().address();
    assert_eq!(from, Some("overleg@overleg.example"));
    for mail in [&mail, &general] {
        let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
        for body in [&text, &html] {
            assert!(
                body.contains("Anna Jansen") && body.contains("Thuiszorg Maasdal"),
                "{body}"
            );
            for word in ["mevrouw", "Ontslag", "wond", "meekijken"] {
                assert!(!body.contains(word), "{word} in {body}");
            }
        }
        let link = format!("https://overleg.example/open/conversation/{group}");
        assert!(text.contains(&link) && html.contains(&link));
    }
    let page = clinic
        .http
        .get(clinic.url(&format!("/open/conversation/{group}")));
    assert_eq!(page.send().await.unwrap().status(), 200);

    // More in it is no more mail; another conversation is.
    clinic.say(anna, group, "Nog iets").await;
    clinic.clock.advance(LONG);
    let direct = clinic.start_direct(anna, bram, TEXT).await;
    clinic.clock.advance(LONG);
    let of_bram = scene.mailbox(BRAM, 2).await;
    let both: BTreeSet<String> = linked(&of_bram).into_iter().collect();
    assert_eq!(both, BTreeSet::from([group.to_string(), direct.to_string()]));

    // Opened, it is mailed about again.
    scene.read_to(bram, group, 4).await;
    clinic.say(anna, group, "En nu?").await;
    clinic.clock.advance(LONG);
    let of_bram = scene.mailbox(BRAM, 3).await;
    let mut links = linked(&of_bram);
    links.retain(|link| *link == group.to_string());
    assert_eq!(links.len(), 2);
    assert_eq!(
        of_bram
            .iter()
            .map(|mail| id_of(mail))
            .collect::<BTreeSet<_>>()
            .len(),
        3
    );
    assert_eq!(scene.postfix.mailbox(CARLA).len(), 1);
}

// N2, I5
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_postfix_refuses_is_listed_and_others_get_their_mail() {
    let scene = Scene::open().await;
    let clinic = &scene.clinic;
    let dirk = clinic
        .mailed_person("Dirk", scene.maasdal, "dirk@maasdal.example")
        .await;
    let group = clinic
        .start_group(&scene.anna, &[&dirk, &scene.bram], SUBJECT)
        .await;
    clinic.say(&scene.anna, group, TEXT).await;
    clinic.clock.advance(LONG);
    scene.mailbox(BRAM, 1).await;
    let refused = scene.refused().await;
    let listed: Vec<(&str, &str)> = refused
        .iter()
        .map(|member| (member.address.as_str(), member.codes.as_str()))
        .collect();
    assert_eq!(listed, [("dirk@maasdal.example", "550 5.1.1 at RCPT")]);
}

// N2, I5
#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_while_postfix_is_down_and_comes_once_when_it_is_back() {
    let scene = Scene::open().await;
    let clinic = &scene.clinic;
    scene.postfix.pause();
    let direct = clinic.start_direct(&scene.anna, &scene.carla, TEXT).await;
    clinic.clock.advance(LONG);
    let outage = scene.until("nothing waits", async || {
        match scene.ask(MailRequest::Queue).await {
            MailResponse::Queue(queue) => queue.outage,
            other => panic!("{other:?}"),
        }
    });
    outage.await;
    scene.postfix.resume();
    clinic.clock.advance(LONG);
    let mails = scene.mailbox(CARLA, 1).await;
    assert_eq!(linked(&mails), [direct.to_string()]);
    // One that is mailed after it shows that no second came.
    scene.read_to(&scene.carla, direct, 2).await;
    clinic.say(&scene.anna, direct, "Dank!").await;
    clinic.clock.advance(LONG);
    let mails = scene.mailbox(CARLA, 2).await;
    assert_eq!(mails.len(), 2);
}
