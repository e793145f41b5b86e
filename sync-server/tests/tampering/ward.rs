//! A clinic whose database is changed, and put back.

use conversation::{Action, ConversationId};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection};
use sync_server::core::administer::{AdminRequest, AdminResponse};
use sync_server::core::check::Checked;

use crate::common::{Clinic, Person};

/// Each table of the trail, its key, and its other columns.
pub(crate) const TABLES: &[(&str, &[&str], &[&str])] = &[
    (
        "events",
        &["position"],
        &[
            "conversation",
            "number",
            "version",
            "epoch",
            "header",
            "header_salt",
            "content",
            "content_commitment",
            "audit",
            "audit_commitment",
            "body",
            "link",
            "key",
            "current",
            "message",
            "target",
            "account",
            "command",
            "digest",
            "mac",
        ],
    ),
    (
        "organisation_events",
        &["position"],
        &[
            "organisation",
            "number",
            "version",
            "header",
            "header_salt",
            "content",
            "content_commitment",
            "audit",
            "audit_commitment",
            "link",
            "key",
            "mac",
        ],
    ),
    (
        "conversations",
        &["id"],
        &["last", "link", "last_at", "position", "key", "mac"],
    ),
    ("states", &["conversation"], &["number", "sealed"]),
    ("takes_part", &["person", "conversation"], &["open", "position"]),
    ("concerns", &["thing", "conversation"], &[]),
    ("pairs", &["low", "high"], &["conversation"]),
    ("aliases", &["person", "alias"], &["conversation", "mac"]),
    ("keys", &["id"], &["scope", "year", "wrapped"]),
    (
        "accounts",
        &["person"],
        &["login", "password", "created_at", "ended_at", "mac"],
    ),
    (
        "invitations",
        &["hash"],
        &["person", "created_at", "expires_at", "used_at", "mac"],
    ),
    (
        "sessions",
        &["id"],
        &[
            "person",
            "device",
            "device_name",
            "platform",
            "generation",
            "begun_at",
            "refreshed_at",
            "expires_at",
            "ended_at",
            "end_reason",
            "mac",
        ],
    ),
    (
        "sources",
        &["id"],
        &["organisation", "name", "hash", "created_at", "ended_at", "mac"],
    ),
    ("tally", &["one"], &["sealed"]),
    ("server", &["one"], &["id", "created_at", "epoch", "secret"]),
];

/// A clinic with a little of everything, and two copies of its database: from halfway, and from the end.
pub(crate) struct Ward {
    pub(crate) clinic: Clinic,
    pub(crate) db: SqliteConnection,
    pub(crate) anna: Person,
    pub(crate) bram: Person,
    pub(crate) group: ConversationId,
}

impl Ward {
    pub(crate) async fn open() -> Ward {
        let clinic = Clinic::open().await;
        let home = clinic.organisation("Thuiszorg De Linde").await;
        let away = clinic.organisation("Huisartsen Zuid").await;
        clinic.network(&[home, away]).await;
        let anna = clinic.person("Anna", home).await;
        let bram = clinic.person("Bram", home).await;
        let chris = clinic.person("Chris", away).await;
        let team = match clinic
            .administer(AdminRequest::TeamAdd {
                organisation: home,
                unit: None,
                name: "Wondteam".to_owned(),
            })
            .await
        {
            AdminResponse::Team { team } => team,
            other => panic!("{other:?}"),
        };
        let membership = chris.membership;
        let name = "ECD".to_owned();
        let source = clinic
            .administer(AdminRequest::SourceAdd {
                organisation: home,
                name,
            })
            .await;
        let AdminResponse::Source { source, .. } = source else {
            panic!("no source system")
        };
        let group = clinic.start_group(&anna, &[&bram, &chris], "Wondzorg").await;
        clinic.say(&anna, group, "Hoe is de wond?").await;
        let wrong = clinic.say(&bram, group, "Rustig.").await;
        let direct = clinic.start_direct(&bram, &anna, "Dag Anna").await;
        let again = clinic.start_direct(&anna, &bram, "Dag Bram").await;
        assert_eq!(direct, again);
        let mut db = SqliteConnectOptions::new()
            .filename(clinic.data().join("overleg.sqlite"))
            .busy_timeout(std::time::Duration::from_secs(10))
            .connect()
            .await
            .unwrap();
        copy(&clinic, &mut db, "halfway").await;

        clinic.clock.advance(60_000);
        let text = "Rustig en droog.".into();
        let message = wrong;
        clinic
            .act(
                &bram,
                group,
                Action::Edit {
                    message,
                    text,
                    attachments: Vec::new(),
                    urgent: None,
                },
            )
            .await;
        clinic.act(&bram, group, Action::Delete { message }).await;
        let members = clinic.person("Dirk", home).await.membership;
        clinic
            .administer(AdminRequest::TeamJoin {
                team,
                membership: members,
            })
            .await;
        let add = Action::Add {
            members: Vec::new(),
            teams: vec![team],
            share: None,
        };
        clinic.act(&anna, group, add).await;
        let member = chris.membership;
        clinic.act(&anna, group, Action::Remove { member }).await;
        clinic.say(&anna, group, "Chris is klaar.").await;
        clinic
            .administer(AdminRequest::MembershipEnd { membership })
            .await;
        let organisation = home;
        clinic
            .administer(AdminRequest::SourceEnd { organisation, source })
            .await;
        let second = clinic.sign_in(&bram).await;
        sign_out(&clinic, &second).await;
        let person = clinic.invite("Eva", home).await.0;
        clinic.administer(AdminRequest::PersonInvite { person }).await;
        copy(&clinic, &mut db, "end").await;
        Ward {
            clinic,
            db,
            anna,
            bram,
            group,
        }
    }

    pub(crate) async fn check(&self) -> Checked {
        self.clinic.running().admin().check(&|_| {}).await.unwrap()
    }

    pub(crate) async fn run(&mut self, statement: &str) -> u64 {
        let done = sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(&mut self.db)
            .await;
        // A constraint that holds the change up is no change.
        done.map_or(0, |done| done.rows_affected())
    }

    /// Puts everything back as it was at the end.
    pub(crate) async fn restore(&mut self) {
        let mut all = String::from("BEGIN;");
        for (table, _, _) in TABLES {
            all.push_str(&format!(
                "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM end.{table};"
            ));
        }
        all.push_str("COMMIT");
        sqlx::raw_sql(AssertSqlSafe(all))
            .execute(&mut self.db)
            .await
            .unwrap();
    }

    /// Whether any row of the trail differs from the end.
    pub(crate) async fn differs(&mut self) -> bool {
        for (table, key, columns) in TABLES {
            let all: Vec<&str> = key.iter().chain(*columns).copied().collect();
            let all = all.join(", ");
            let differ = format!(
                "SELECT count(*) FROM (SELECT * FROM (SELECT {all} FROM main.{table} EXCEPT SELECT {all} FROM end.{table})
                 UNION ALL SELECT * FROM (SELECT {all} FROM end.{table} EXCEPT SELECT {all} FROM main.{table}))"
            );
            let row = sqlx::query(AssertSqlSafe(differ)).fetch_one(&mut self.db).await;
            if row.unwrap().get::<i64, _>(0) > 0 {
                return true;
            }
        }
        false
    }

    pub(crate) async fn rows(&mut self, table: &str) -> Vec<i64> {
        let key = TABLES.iter().find(|(name, _, _)| *name == table).unwrap().1;
        // Tables without row ids are ordered by their key.
        let order = format!(
            "SELECT row_number() OVER (ORDER BY {}) FROM {table}",
            key.join(", ")
        );
        let rows = sqlx::query(AssertSqlSafe(order)).fetch_all(&mut self.db).await;
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

pub(crate) async fn sign_out(clinic: &Clinic, person: &Person) {
    let out = clinic
        .send("/v1/session/sign-out", Some(person), String::new())
        .await;
    assert!(out.status().is_success(), "{}", out.status());
}

async fn copy(clinic: &Clinic, db: &mut SqliteConnection, name: &str) {
    let file = clinic.data().join(format!("{name}.sqlite"));
    let file = file.to_str().unwrap();
    for statement in [
        format!("VACUUM INTO '{file}'"),
        format!("ATTACH '{file}' AS {name}"),
    ] {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *db)
            .await
            .unwrap();
    }
}

impl Ward {
    /// Runs the statements, returns the findings, and puts everything back.
    pub(crate) async fn found_after(&mut self, statements: &[String]) -> Vec<String> {
        for statement in statements {
            assert!(self.run(statement).await > 0, "{statement}");
        }
        assert!(self.differs().await, "{statements:?}");
        let found = self.check().await.found;
        self.restore().await;
        found.into_iter().map(|finding| finding.what).collect()
    }

    pub(crate) fn group_as_hex(&self) -> String {
        self.group.0.simple().to_string()
    }
}
