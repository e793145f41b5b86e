//! The audit part of every kind of event (A1): the device and address of the requester, and the versions of the
//! organisations' logs that the decision relied on. A kind without a row fails.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

use conversation::organisation::Permission;
use conversation::{
    Action, Audit, ConversationId, Header, Kind, MessageText, NewMessage, OrganisationId, Seq, Shape, TeamId,
};
use protocol::commands::CommandsRequest;
use sync_server::core::Actor;
use sync_server::core::administer::{AdminRequest, AdminResponse};
use sync_server::keys::Secret;
use sync_server::seal::{KeyRing, Part};
use sync_server::store::{EventRow, LogStore as _};

use crate::common::in_process_server::{InProcessServer, Who, accepted, now};

const ADDRESS: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7));

/// A new kind does not compile without a name here, and then fails as unread.
fn name_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Started { .. } => "started",
        Kind::Posted { .. } => "posted",
        Kind::Edited { .. } => "edited",
        Kind::Deleted { .. } => "deleted",
        Kind::Added { .. } => "added",
        Kind::Joined { .. } => "joined",
        Kind::Removed { .. } => "removed",
        Kind::TeamJoined { .. } => "team joined",
        Kind::TeamLeft { .. } => "team left",
        Kind::TeamRemoved { .. } => "team removed",
        Kind::Left { .. } => "left",
        Kind::HandedOver { .. } => "handed over",
        Kind::Archived {} => "archived",
        Kind::Reopened {} => "reopened",
        Kind::ConversationDeleted {} => "conversation deleted",
        Kind::Unknown => "unknown",
    }
}

const ALL: [&str; 15] = [
    "added",
    "archived",
    "conversation deleted",
    "deleted",
    "edited",
    "handed over",
    "joined",
    "left",
    "posted",
    "removed",
    "reopened",
    "started",
    "team joined",
    "team left",
    "team removed",
];

/// A server, and the part of its logs that was read.
struct Reading {
    server: InProcessServer,
    ring: KeyRing,
    read: BTreeMap<ConversationId, u64>,
    kinds: BTreeSet<&'static str>,
}

impl Reading {
    fn audit(&self, row: &EventRow) -> Audit {
        let keys = now(self.server.store.keys(&[row.key])).unwrap();
        let key = self.ring.key(&keys[0]).unwrap();
        let (_, json) = key
            .open_part(&row.conversation.0, row.number, Part::Audit, &row.audit)
            .unwrap();
        serde_json::from_str(&json).unwrap()
    }

    /// Checks the audit parts that were added to a conversation's log; returns their number.
    fn came(
        &mut self,
        conversation: ConversationId,
        by: Option<&Who>,
        relied_on: &[OrganisationId],
    ) -> usize {
        let after = self.read.entry(conversation).or_default();
        let rows = now(self.server.store.entries(conversation, Seq(*after), u32::MAX)).unwrap();
        *after += rows.len() as u64;
        let directory = self.server.core.directory();
        let versions = relied_on.iter().map(|own| (*own, directory.version(*own)));
        let expected = Audit {
            device: by.map(|who| who.device),
            address: by.map(|_| "2001:db8::7".to_owned()),
            organisations: versions.collect(),
        };
        for row in &rows {
            let header: Header = serde_json::from_str(&row.header).unwrap();
            let kind = name_of(&header.kind);
            assert_eq!(self.audit(row), expected, "{kind}");
            self.kinds.insert(kind);
        }
        rows.len()
    }

    fn does(
        &mut self,
        who: &Who,
        conversation: ConversationId,
        action: Action,
        relied_on: &[OrganisationId],
    ) {
        let command = self.server.command(who, conversation, action);
        let mut request = CommandsRequest::default();
        request.push(&command).unwrap();
        let actor = Actor {
            address: Some(ADDRESS),
            ..InProcessServer::actor(who)
        };
        accepted(&self.server.commit(&[(actor, request)])[0][0]);
        assert!(
            self.came(conversation, Some(who), relied_on) > 0,
            "something was done"
        );
    }

    /// A change of an organisation is recorded in the conversation without a device.
    fn happens(&mut self, request: AdminRequest, conversation: ConversationId, relied_on: &[OrganisationId]) {
        self.server.administer(request);
        assert!(
            self.came(conversation, None, relied_on) > 0,
            "an event was recorded"
        );
    }

    fn team(&mut self, organisation: OrganisationId) -> TeamId {
        let (name, unit) = ("Team Wond".to_owned(), None);
        match self.server.administer(AdminRequest::TeamAdd {
            organisation,
            unit,
            name,
        }) {
            AdminResponse::Team { team } => team,
            other => panic!("{other:?}"),
        }
    }
}

// A1
#[test]
fn every_kind_of_event_says_from_which_device_and_address_and_what_it_relied_on() {
    let mut server = InProcessServer::new();
    let home = server.organisation("Thuiszorg De Linde");
    let near = server.organisation("GGZ Noord");
    server.network(&[home, near]);
    let [anna, bram, dirk, eva] = ["Anna", "Bram", "Dirk", "Eva"].map(|given| server.person(given, home));
    let karim = server.person("Karim", near);
    let item = server.item(home, "Val van de trap");
    for permission in [Permission::Handle, Permission::Analyse] {
        server.grant(&anna, permission);
        server.grant(&bram, permission);
    }
    let mut reading = Reading {
        server,
        ring: KeyRing::new(&Secret::new([5; 32])),
        read: BTreeMap::new(),
        kinds: BTreeSet::new(),
    };
    let team = reading.team(near);
    let own_team = reading.team(home);

    // A group, with a colleague, a neighbour by mention, and the neighbours' team.
    let group = ConversationId(reading.server.id());
    let start = |message| Action::Start {
        shape: Shape::Group,
        with: vec![bram.membership],
        teams: vec![own_team],
        subject: Some("Wondzorg".to_owned()),
        message,
    };
    let first = reading.server.message("Wat denk jij?");
    let said = first.id;
    reading.does(&anna, group, start(Some(first)), &[home]);
    let message = reading.server.message("Kijk je mee?");
    let message = NewMessage {
        text: MessageText {
            body: "\u{FFFC}, kijk je mee?".to_owned(),
            mentions: vec![karim.membership],
        },
        ..message
    };
    reading.does(&anna, group, Action::Post { message }, &[home, near]);
    let text = "Beter".into();
    reading.does(
        &anna,
        group,
        Action::Edit {
            message: said,
            text,
            attachments: Vec::new(),
            urgent: None,
        },
        &[home],
    );
    reading.does(&anna, group, Action::Delete { message: said }, &[home]);
    let add = |members, teams| Action::Add {
        members,
        teams,
        share: None,
    };
    reading.does(&anna, group, add(vec![], vec![team]), &[home, near]);
    reading.does(&anna, group, add(vec![dirk.membership], vec![]), &[home]);
    let member = karim.membership;
    reading.does(&anna, group, Action::Remove { member }, &[home, near]);
    let membership = eva.membership;
    reading.happens(
        AdminRequest::TeamJoin {
            team: own_team,
            membership,
        },
        group,
        &[home],
    );
    reading.happens(
        AdminRequest::TeamLeave {
            team: own_team,
            membership,
        },
        group,
        &[home],
    );
    reading.does(&anna, group, Action::RemoveTeam { team }, &[home, near]);
    reading.does(&anna, group, Action::Archive, &[home]);
    reading.does(&anna, group, Action::Reopen, &[home]);
    let to = bram.membership;
    reading.does(&anna, group, Action::HandOver { to }, &[home]);
    let successor = Some(dirk.membership);
    reading.does(&bram, group, Action::Leave { successor }, &[home]);
    let membership = dirk.membership;
    reading.happens(AdminRequest::MembershipEnd { membership }, group, &[home]);
    reading.does(&anna, group, Action::DeleteConversation, &[home]);

    // A conversation about an item, which a second analyst joins; and a direct one with a neighbour, who comes back.
    let about = ConversationId(reading.server.id());
    let start = Action::Start {
        shape: Shape::Item { item },
        with: vec![eva.membership],
        teams: vec![],
        subject: None,
        message: None,
    };
    reading.does(&anna, about, start, &[home]);
    reading.does(&bram, about, Action::Join, &[home]);
    let direct = ConversationId(reading.server.id());
    let start = reading.server.start_direct(&karim, "Dag");
    reading.does(&anna, direct, start, &[home, near]);
    reading.does(&karim, direct, Action::Leave { successor: None }, &[near]);
    let message = reading.server.message("Ben je er nog?");
    reading.does(&anna, direct, Action::Post { message }, &[home, near]);

    assert!(reading.kinds.iter().eq(&ALL), "{:?}", reading.kinds);
    assert_eq!(now(reading.server.core.check(&|_| {})).unwrap().found, []);
}
