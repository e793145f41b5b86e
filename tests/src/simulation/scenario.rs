//! The scenario of BS5: a conversation with people in every role that it has, and what is done on it.

use conversation::organisation::Permission;
use conversation::{
    Action, Chosen, ConversationId, DirectoryLookup as _, Kind, MembershipId, MessageId, PersonId, Seq,
    Shape, Share, TeamId,
};

use super::directory_fixture::{People, Rights, Teams};
use super::kinds::Role;
use super::log::Log;
use super::ports::Step;
use super::simulated_system::SimulatedSystem;

const CAST: &People = &[
    ("Anna", &[0]),
    ("Bram", &[0]),
    ("Karim", &[1]),
    ("Sanne", &[0]),
    ("Dirk", &[0]),
    ("Eva", &[0]),
    ("Fleur", &[0]),
    ("Gijs", &[0]),
    ("Hanna", &[0]),
    ("Ivo", &[2]),
    ("Joost", &[0]),
    ("Kees", &[0]),
    ("Lotte", &[0]),
];
const HELD: &Rights = &[
    (0, 0, Permission::Handle),
    (0, 0, Permission::Analyse),
    (6, 0, Permission::Analyse),
    (7, 0, Permission::Handle),
    (10, 0, Permission::Analyse),
];
/// Kees comes in by his team, Lotte would by hers.
const IN_TEAMS: &Teams = &[(0, KEES, 0), (1, LOTTE, 0)];
/// Places in the cast.
const ANNA: usize = 0;
const BRAM: usize = 1;
const KARIM: usize = 2;
const SANNE: usize = 3;
const DIRK: usize = 4;
const EVA: usize = 5;
const FLEUR: usize = 6;
const HANNA: usize = 8;
const JOOST: usize = 10;
const KEES: usize = 11;
const LOTTE: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Direct,
    Group,
    Item,
}

/// The deeds of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Start,
    Post,
    Reply,
    EditOld,
    EditNew,
    DeleteOld,
    DeleteNew,
    Add,
    AddSharing,
    AddAgain,
    Join,
    Remove,
    Leave,
    OwnerLeaves,
    HandOver,
    Archive,
    Reopen,
    StartWithTeam,
    AddTeam,
    AddTeamSharing,
    TeamGrows,
    TeamShrinks,
    TeamEnds,
    RemoveTeam,
    OwnerLosesTeam,
    OwnerEnds,
    DeleteForEveryone,
}

pub(super) const DEEDS: &[Deed] = &[
    Deed::Start,
    Deed::Post,
    Deed::Reply,
    Deed::EditOld,
    Deed::EditNew,
    Deed::DeleteOld,
    Deed::DeleteNew,
    Deed::Add,
    Deed::AddSharing,
    Deed::AddAgain,
    Deed::Join,
    Deed::Remove,
    Deed::Leave,
    Deed::OwnerLeaves,
    Deed::HandOver,
    Deed::Archive,
    Deed::Reopen,
    Deed::StartWithTeam,
    Deed::AddTeam,
    Deed::AddTeamSharing,
    Deed::TeamGrows,
    Deed::TeamShrinks,
    Deed::TeamEnds,
    Deed::RemoveTeam,
    Deed::OwnerLosesTeam,
    Deed::OwnerEnds,
    Deed::DeleteForEveryone,
];

pub(super) fn can(of: Of, deed: Deed) -> bool {
    match deed {
        Deed::Start
        | Deed::Post
        | Deed::Reply
        | Deed::EditOld
        | Deed::EditNew
        | Deed::DeleteOld
        | Deed::DeleteNew
        | Deed::Leave
        | Deed::OwnerEnds => true,
        Deed::Join => of != Of::Group,
        Deed::AddSharing | Deed::StartWithTeam | Deed::AddTeamSharing | Deed::DeleteForEveryone => {
            of == Of::Group
        }
        Deed::Add
        | Deed::AddAgain
        | Deed::Remove
        | Deed::OwnerLeaves
        | Deed::HandOver
        | Deed::Archive
        | Deed::Reopen
        | Deed::AddTeam
        | Deed::TeamGrows
        | Deed::TeamShrinks
        | Deed::TeamEnds
        | Deed::RemoveTeam
        | Deed::OwnerLosesTeam => of != Of::Direct,
    }
}

/// A conversation with people in every role that it has.
pub(super) struct Scenario {
    pub(super) system: SimulatedSystem,
    conversation: ConversationId,
    of: Of,
    /// Bram's, from before the others came and from after.
    old: MessageId,
    new: MessageId,
}

impl Scenario {
    pub(super) fn arrange(of: Of, deed: Deed) -> Step<Scenario> {
        let mut system = SimulatedSystem::of((CAST, HELD, IN_TEAMS), 7, None, false)?;
        system.stormy = false;
        let conversation = ConversationId(system.new_id());
        let nothing = MessageId(uuid::Uuid::nil());
        let mut scenario = Scenario {
            system,
            conversation,
            of,
            old: nothing,
            new: nothing,
        };
        if !matches!(deed, Deed::Start | Deed::StartWithTeam) {
            scenario.fill(deed)?;
        }
        Ok(scenario)
    }

    fn member(&self, person: usize) -> MembershipId {
        self.system.cast.people[person].memberships[0]
    }

    fn act(&mut self, person: usize, action: Action) -> Step {
        let (member, conversation) = (self.member(person), self.conversation);
        self.system.act_directly(member, conversation, action).map(|_| ())
    }

    fn say(&mut self, person: usize, text: &str) -> Step<MessageId> {
        let (member, conversation) = (self.member(person), self.conversation);
        self.system.say_directly(member, conversation, text)
    }

    fn add(&mut self, person: usize, share: Option<Share>) -> Step {
        let members = vec![self.member(person)];
        self.act(
            ANNA,
            Action::Add {
                teams: Vec::new(),
                members,
                share,
            },
        )
    }

    fn add_team(&mut self, team: usize, share: Option<Share>) -> Step {
        let (members, teams) = (Vec::new(), vec![self.system.cast.teams[team].id]);
        self.act(
            ANNA,
            Action::Add {
                members,
                teams,
                share,
            },
        )
    }

    fn shared(&self, from: u64) -> Option<Share> {
        let last = self.log().map_or(0, |log| log.events.len());
        Some(Share {
            from: Seq(from),
            previewed: Seq(last as u64),
        })
    }

    fn start(&mut self, teams: Vec<TeamId>) -> Step {
        let shape = match self.of {
            Of::Direct => Shape::Direct,
            Of::Group => Shape::Group,
            Of::Item => Shape::Item {
                item: self.system.cast.items[0].0,
            },
        };
        let action = Action::Start {
            teams,
            shape,
            with: vec![self.member(BRAM)],
            subject: (shape == Shape::Group).then(|| "Wondzorg".to_owned()),
            message: Some(self.system.new_message("het begin")),
        };
        self.act(ANNA, action)
    }

    /// So many that the last thirty and history are different things.
    fn fill(&mut self, deed: Deed) -> Step {
        self.start(Vec::new())?;
        self.old = self.say(BRAM, "een oude")?;
        for number in 0..20 {
            self.say(number % 2, &format!("voor {number}"))?;
        }
        if self.of == Of::Direct {
            if deed == Deed::Join {
                self.act(BRAM, Action::Leave { successor: None })?;
            }
        } else {
            for person in [DIRK, EVA] {
                self.add(person, None)?;
                self.say(person, &format!("van {person}"))?;
            }
            self.act(DIRK, Action::Leave { successor: None })?;
            let member = self.member(EVA);
            self.act(ANNA, Action::Remove { member })?;
            self.add(KARIM, None)?;
            self.add(JOOST, None)?;
            self.add_team(0, None)?;
            self.say(KEES, "van het team")?;
            if self.of == Of::Group {
                let share = self.shared(2);
                self.add(SANNE, share)?;
            }
            self.say(KARIM, "van de ander")?;
        }
        for number in 0..20 {
            self.say(ANNA, &format!("na {number}"))?;
        }
        if !(self.of == Of::Direct && deed == Deed::Join) {
            self.new = self.say(BRAM, "een nieuwe")?;
        }
        match deed {
            Deed::Reopen => self.act(ANNA, Action::Archive)?,
            Deed::OwnerLosesTeam => {
                let to = self.member(KEES);
                self.act(ANNA, Action::HandOver { to })?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Two devices for everyone, up to date; then the second of each goes away.
    pub(super) fn everyone_ready(&mut self) -> Step<Vec<usize>> {
        let mut away = Vec::new();
        for person in 0..self.system.cast.people.len() {
            for second in [false, true] {
                let place = self.system.add_device(person)?;
                self.system.devices[place].online = true;
                if second {
                    away.push(place);
                }
            }
        }
        self.system.rest()?;
        for place in &away {
            self.system.go_offline(*place)?;
        }
        Ok(away)
    }

    pub(super) fn perform(&mut self, deed: Deed) -> Step {
        match deed {
            Deed::Start => self.start(Vec::new()),
            Deed::StartWithTeam => self.start(vec![self.system.cast.teams[0].id]),
            Deed::Post => self.say(BRAM, "nog iets").map(|_| ()),
            Deed::Reply => {
                let mut message = self.system.new_message("daarop");
                message.reply_to = Some(self.old);
                self.act(BRAM, Action::Post { message })
            }
            Deed::EditOld | Deed::EditNew => {
                let message = if deed == Deed::EditOld { self.old } else { self.new };
                let text = "beter".into();
                self.act(
                    BRAM,
                    Action::Edit {
                        message,
                        text,
                        attachments: Vec::new(),
                        urgent: None,
                    },
                )?;
                let text = "nog beter".into();
                self.act(
                    BRAM,
                    Action::Edit {
                        message,
                        text,
                        attachments: Vec::new(),
                        urgent: None,
                    },
                )
            }
            Deed::DeleteOld => self.act(BRAM, Action::Delete { message: self.old }),
            Deed::DeleteNew => self.act(BRAM, Action::Delete { message: self.new }),
            Deed::Add => self.add(HANNA, None),
            Deed::AddSharing => {
                let share = self.shared(5);
                self.add(HANNA, share)
            }
            Deed::AddAgain => self.add(DIRK, None),
            Deed::Join if self.of == Of::Item => self.act(FLEUR, Action::Join),
            Deed::Join => self.say(ANNA, "kom terug").map(|_| ()),
            Deed::Remove => {
                let member = self.member(BRAM);
                self.act(ANNA, Action::Remove { member })
            }
            Deed::Leave => self.act(BRAM, Action::Leave { successor: None }),
            Deed::OwnerLeaves => self.act(ANNA, Action::Leave { successor: None }),
            Deed::HandOver => {
                let to = self.member(BRAM);
                self.act(ANNA, Action::HandOver { to })
            }
            Deed::Archive => self.act(ANNA, Action::Archive),
            Deed::Reopen => self.act(ANNA, Action::Reopen),
            Deed::AddTeam => self.add_team(1, None),
            Deed::AddTeamSharing => {
                let share = self.shared(5);
                self.add_team(1, share)
            }
            Deed::TeamGrows => self.system.change_team(0, self.member(HANNA), true),
            Deed::TeamShrinks | Deed::OwnerLosesTeam => self.system.change_team(0, self.member(KEES), false),
            Deed::TeamEnds => self.system.end_team(0),
            Deed::RemoveTeam => {
                let team = self.system.cast.teams[0].id;
                self.act(ANNA, Action::RemoveTeam { team })
            }
            Deed::OwnerEnds => self.system.end_membership(self.member(ANNA)),
            Deed::DeleteForEveryone => self.act(ANNA, Action::DeleteConversation),
        }
    }

    pub(super) fn log(&self) -> Option<&Log> {
        self.system.oracle.logs.get(&self.conversation)
    }

    /// Somebody's relation to the conversation as of so many events.
    pub(super) fn role(&self, person: PersonId, length: usize) -> Role {
        let system = &self.system;
        let own: Vec<MembershipId> = system.oracle.standing.own(person).collect();
        let is_own = |member: &MembershipId| own.contains(member);
        let directory = system.server.core.directory();
        let rights = |member: &MembershipId| match self.of {
            Of::Item => directory.rights(*member, system.cast.items[0].0),
            Of::Direct | Of::Group => conversation::Rights::default(),
        };
        let analyse = own.iter().any(|own| rights(own).analyse);
        let (mut role, mut came) = (None, None);
        let events = self.log().map_or(&[][..], |log| &log.events[..length]);
        for event in events {
            let by_team = |teams: &[Chosen]| teams.iter().any(|chosen| chosen.members.iter().any(is_own));
            match &event.header.kind {
                Kind::Started { teams, .. } | Kind::Added { teams, .. } if by_team(teams) => {
                    role = Some(Role::ByTeam);
                }
                Kind::TeamJoined { members, .. } if members.iter().any(is_own) => {
                    role = Some(Role::ByTeam);
                }
                Kind::Started { participants, .. } if participants.iter().any(is_own) => {
                    came = Some(Role::Participant);
                    role = came;
                }
                Kind::Added { members, shared, .. } if members.iter().any(is_own) => {
                    let later = if analyse {
                        Role::JoinedAnalyst
                    } else {
                        Role::JoinedLater
                    };
                    came = Some(if shared.is_empty() { later } else { Role::Shared });
                    role = came;
                }
                Kind::Joined { members } if members.iter().any(is_own) => {
                    role = came.or(Some(Role::JoinedAnalyst));
                }
                Kind::Left { member, .. } if is_own(member) => role = Some(Role::Left),
                Kind::Removed { member } if is_own(member) => role = Some(Role::Removed),
                _ => {}
            }
        }
        let head = self.log().and_then(|log| log.head(length, None));
        if head
            .and_then(|head| head.owner)
            .is_some_and(|owner| is_own(&owner))
        {
            return Role::Owner;
        }
        let stranger = |member: &MembershipId| !directory.can_find(self.member(ANNA), *member);
        role.unwrap_or(match own.first() {
            _ if analyse => Role::Analyst,
            Some(own) if rights(own).handle => Role::Handler,
            Some(own) if stranger(own) => Role::Stranger,
            _ => Role::Outsider,
        })
    }
}
