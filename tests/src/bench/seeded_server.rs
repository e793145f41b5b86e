//! A server's folder filled before it serves: people of one organisation, their groups, and what was said in them.
//!
//! Everything goes through the server's own core, in this process; but for accounts, which people accept from the server that runs,
//! as everywhere: what that leaves in it counts.

use std::path::Path;

use anyhow::bail;
use conversation::organisation::Name;
use conversation::{
    Action, Command, CommandId, ConversationId, DeviceId, MembershipId, OrganisationId, PersonId, Shape,
};
use platform::{Clock as _, SystemClock, SystemRandom, id};
use protocol::commands::{Answer, CommandsRequest};
use protocol::session::{AcceptRequest, DeviceInfo, RefreshRequest, Secret, SessionAnswer};
use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse, NewMembership};
use sync_server::core::{Actor, Submission, Writer};
use sync_server::server::Opened;
use sync_server::{Config, Server};

use super::senders;
use crate::program::Program;

/// Requests decided together while it is filled.
const TOGETHER: usize = 100;

/// Someone who may sign in.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub person: PersonId,
    pub membership: MembershipId,
    code: Secret,
}

pub(super) struct SeededServer {
    opened: Opened,
    writer: Writer,
}

impl SeededServer {
    pub(super) async fn make(folder: &Path) -> anyhow::Result<SeededServer> {
        SeededServer::of(Server::builder(Config::local(folder)).initialise()).await
    }

    /// One that was made, between two times of serving.
    pub(super) async fn open(folder: &Path) -> anyhow::Result<SeededServer> {
        SeededServer::of(Server::builder(Config::local(folder))).await
    }

    async fn of(server: Server) -> anyhow::Result<SeededServer> {
        let opened = server.open().await?;
        let writer = Writer::open(opened.core.clone()).await?;
        Ok(SeededServer { opened, writer })
    }

    pub(super) async fn close(self) {
        drop(self.writer);
        self.opened.close().await;
    }

    /// So many people of a new organisation.
    pub(super) async fn invite(&mut self, people: usize) -> anyhow::Result<Vec<Guest>> {
        let request = AdminRequest::OrganisationAdd {
            name: "Thuiszorg Maasdal".into(),
        };
        let organisation = match self.administer(request).await? {
            AdminResponse::Organisation { organisation, .. } => organisation,
            done => bail!("an organisation gave {done:?}"),
        };
        let mut guests = Vec::with_capacity(people);
        for number in 0..people {
            guests.push(self.invite_one(organisation, number).await?);
        }
        Ok(guests)
    }

    async fn administer(&mut self, request: AdminRequest) -> anyhow::Result<AdminResponse> {
        let (done, _committed) = self.writer.administer(&AdminActor::PROGRAM, &request).await?;
        Ok(done?)
    }

    async fn invite_one(&mut self, organisation: OrganisationId, number: usize) -> anyhow::Result<Guest> {
        let membership = NewMembership {
            work_email: None,
            organisation,
            unit: None,
            name: Name {
                given: "Gast".into(),
                prefix: String::new(),
                family: number.to_string(),
            },
            discipline: "Verpleegkunde".into(),
            function: "Wijkverpleegkundige".into(),
        };
        let request = AdminRequest::PersonAdd {
            login: format!("gast{number}@maasdal.example"),
            memberships: vec![membership],
        };
        match self.administer(request).await? {
            AdminResponse::Person {
                person,
                memberships,
                invitation,
            } => Ok(Guest {
                person,
                membership: memberships[0],
                code: invitation.code,
            }),
            done => bail!("a person gave {done:?}"),
        }
    }

    /// A group that the first of them starts.
    pub(super) async fn start(&mut self, members: &[Guest]) -> anyhow::Result<ConversationId> {
        let now = SystemClock.now();
        let conversation = ConversationId(id(&SystemRandom, now));
        let command = Command {
            id: CommandId(id(&SystemRandom, now)),
            acting: members[0].membership,
            conversation,
            action: Action::Start {
                teams: Vec::new(),
                shape: Shape::Group,
                with: members[1..].iter().map(|member| member.membership).collect(),
                subject: Some("Team".into()),
                message: None,
            },
        };
        let mut request = CommandsRequest::default();
        request.push(&command)?;
        self.commit(vec![Submission::new(actor(&members[0]), request)])
            .await?;
        Ok(conversation)
    }

    /// So many messages in a conversation.
    pub(super) async fn say(
        &mut self,
        who: &Guest,
        conversation: ConversationId,
        messages: usize,
    ) -> anyhow::Result<()> {
        for first in (0..messages).step_by(TOGETHER) {
            let last = messages.min(first + TOGETHER);
            let requests = (first..last)
                .map(|number| {
                    let request = senders::post(who.membership, conversation, number)?;
                    Ok(Submission::new(actor(who), request))
                })
                .collect::<anyhow::Result<Vec<_>>>()?;
            self.commit(requests).await?;
        }
        Ok(())
    }

    async fn commit(&mut self, mut batch: Vec<Submission>) -> anyhow::Result<()> {
        let (answers, _committed) = self.writer.commit(&mut batch).await?;
        for answer in answers.iter().flat_map(|answer| &answer.answers) {
            if !matches!(answer, Answer::Accepted { .. }) {
                bail!("filling was answered by {answer:?}");
            }
        }
        Ok(())
    }
}

/// They accept their invitations at the server that runs; their access tokens, in their order, which last for ten minutes from the end.
pub(super) async fn sign_in(
    client: &Client,
    server: &Program,
    guests: &[Guest],
) -> anyhow::Result<Vec<String>> {
    let mut refreshes = Vec::with_capacity(guests.len());
    for guest in guests {
        let request = AcceptRequest {
            code: guest.code.clone(),
            password: Secret("vier woorden zijn genoeg".to_owned()),
            device: DeviceInfo {
                device: DeviceId(id(&SystemRandom, SystemClock.now())),
                name: "bench".to_owned(),
                platform: "linux".to_owned(),
            },
        };
        let session: SessionAnswer = ask(client, server, "/v1/session/accept", &request).await?;
        refreshes.push(session.refresh);
    }
    // Passwords of many take longer than an access token lives.
    let mut tokens = Vec::with_capacity(guests.len());
    for refresh in refreshes {
        let session: SessionAnswer =
            ask(client, server, "/v1/session/refresh", &RefreshRequest { refresh }).await?;
        tokens.push(session.access.0);
    }
    Ok(tokens)
}

async fn ask<T: DeserializeOwned>(
    client: &Client,
    server: &Program,
    path: &str,
    request: &impl Serialize,
) -> anyhow::Result<T> {
    let answer = client.post(server.url(path)).json(request).send().await?;
    Ok(answer.error_for_status()?.json().await?)
}

fn actor(guest: &Guest) -> Actor {
    Actor {
        person: guest.person,
        // They sit at no device yet.
        device: DeviceId(guest.person.0),
        address: None,
    }
}
