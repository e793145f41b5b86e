//! Authorisation of administration (O2 to O4, O7, O8, I2): one decision for every request, before any other part of it.
//!
//! | actor | may |
//! | --- | --- |
//! | operator | everything but what a source system registers; also in the name of an administrator, which the event then says |
//! | administrator | what is their own organisation's: units, people, teams, items, permissions, source systems, its half of a network |
//! | source system | register the items and permissions of its own organisation |
//!
//! An account is one person's, at every place they work (O2). So an administrator resets or ends it only while the person
//! works at their organisation and nowhere else; and gives a further membership only to somebody who works there already.
//! Otherwise the first to make an account could later be given memberships at an organisation that never saw the person.
//!
//! Everything that is not the administrator's organisation's is refused alike, whether it exists or not.

use serde::{Deserialize, Serialize};

use super::{Directory, OrganisationHeader, OrganisationKind};
use crate::ids::*;
use crate::lookup::DirectoryLookup as _;
use crate::refusal::Language;

/// The author of an administrative request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminActor {
    /// On the server itself, by its command line or in its process.
    Operator { user: OperatorUser },
    /// By the membership in which they are an administrator.
    Administrator {
        person: PersonId,
        membership: MembershipId,
    },
    /// Someone by their own membership, about that membership alone.
    Professional {
        person: PersonId,
        membership: MembershipId,
    },
    /// By its key.
    Source {
        source: SourceId,
        organisation: OrganisationId,
    },
}

/// How the user who acts as the operator is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorUser {
    /// The number of a user of the server's machine, as its kernel gives it.
    Uid(u32),
    /// The name of that user, as the environment gives it, where the machine knows no numbers.
    Name(String),
    /// A program that runs the server in its own process.
    Program,
}

impl AdminActor {
    /// A program that runs the server in its own process.
    pub const PROGRAM: AdminActor = AdminActor::Operator {
        user: OperatorUser::Program,
    };

    /// The header of an event by this actor; `name` is the administrator in whose name the operator acts.
    pub fn header(
        &self,
        name: Option<MembershipId>,
        at: Timestamp,
        kind: OrganisationKind,
    ) -> OrganisationHeader {
        let (by, by_operator, source) = match self {
            AdminActor::Operator { .. } => (name, name.is_some(), None),
            AdminActor::Administrator { membership, .. } | AdminActor::Professional { membership, .. } => {
                (Some(*membership), false, None)
            }
            AdminActor::Source { source, .. } => (None, false, Some(*source)),
        };
        OrganisationHeader {
            by,
            by_operator,
            source,
            at,
            kind,
        }
    }

    /// The audit part of an event by this actor.
    pub fn audit(&self) -> OrganisationAudit {
        OrganisationAudit {
            operator: match self {
                AdminActor::Operator { user } => Some(user.clone()),
                AdminActor::Administrator { .. }
                | AdminActor::Professional { .. }
                | AdminActor::Source { .. } => None,
            },
        }
    }
}

/// The audit part of an organisation's event: for the auditor alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationAudit {
    /// The user who acted as the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<OperatorUser>,
}

/// The part of the organisations that a request reads or changes, as far as the decision needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminAct {
    CreateOrganisation,
    /// Lists organisations: those of the actor's [`AdminScope`].
    ListOrganisations,
    /// Reads or changes what belongs to the organisations of these.
    Manage(Vec<Subject>),
    /// Changes what a professional says of themselves by this membership: whether people of other organisations find them (O6),
    /// when they work and who covers (O5).
    ChangeOwnProfile(MembershipId),
    /// Gives a further membership to somebody who has an account.
    AddMembership {
        person: PersonId,
        organisation: OrganisationId,
    },
    /// Resets or ends an account.
    ChangeAccount(PersonId),
    /// Gives or takes back an organisation's half of sharing a network, in the name of this administrator.
    Consent {
        by: MembershipId,
    },
    /// Registers items or permissions as a source system.
    Register {
        source: SourceId,
        organisation: OrganisationId,
    },
}

/// Something that belongs to one organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Organisation(OrganisationId),
    Membership(MembershipId),
    Team(TeamId),
}

/// How far an actor's authority reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminScope {
    Everywhere,
    Organisation(OrganisationId),
}

impl AdminScope {
    pub fn contains(self, organisation: OrganisationId) -> bool {
        match self {
            AdminScope::Everywhere => true,
            AdminScope::Organisation(own) => own == organisation,
        }
    }
}

macro_rules! unauthorised {
    ($($(#[$doc:meta])* $name:ident, $nl:literal, $en:literal;)*) => {
        /// Why an actor may not do what a request asks; nothing was changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        pub enum Unauthorised {
            $($(#[$doc])* #[error($en)] $name,)*
        }

        impl Unauthorised {
            /// All there are, for tables and tests.
            pub const ALL: &[Unauthorised] = &[$(Unauthorised::$name,)*];

            /// The plain sentence for a person (U2).
            pub fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Unauthorised::$name, Language::Nl) => $nl, (Unauthorised::$name, Language::En) => $en,)*
                }
            }
        }
    };
}

unauthorised! {
    OperatorOnly,
        "Alleen de applicatiebeheerder van de server kan dit doen. Er is niets veranderd; vraag het de applicatiebeheerder.",
        "Only the operator of the server can do this. Nothing was changed; ask the operator.";
    /// Never, or no longer, or by a membership that is somebody else's or ended.
    NotAnAdministrator,
        "U bent geen beheerder van deze organisatie, of niet meer. Er is niets veranderd; vraag het een beheerder.",
        "You are not an administrator of this organisation, or no longer. Nothing was changed; ask an administrator.";
    /// Also of what does not exist.
    OtherOrganisation,
        "Dit is niet van uw organisatie. Er is niets veranderd; een beheerder handelt alleen voor de eigen organisatie.",
        "This does not belong to your organisation. Nothing was changed; an administrator acts for their own organisation only.";
    WorksElsewhere,
        "Deze collega werkt ook bij een andere organisatie, en het account geldt daar ook. Er is niets veranderd; beëindig de functie bij uw eigen organisatie, of vraag het de applicatiebeheerder.",
        "This person works at another organisation too, where the account holds as well. Nothing was changed; end the membership at your own organisation, or ask the operator.";
    WorksNotHere,
        "Deze persoon werkt niet bij uw organisatie. Er is niets veranderd; vraag de applicatiebeheerder om een bestaand account aan uw organisatie te verbinden.",
        "This person does not work at your organisation. Nothing was changed; ask the operator to connect an existing account to your organisation.";
    InAnothersName,
        "U kunt alleen uit eigen naam instemmen met een samenwerkingsverband. Er is niets veranderd; vraag die beheerder om het zelf te doen.",
        "You can agree to a network in your own name only. Nothing was changed; ask that administrator to do it.";
    OwnProfileOnly,
        "U kunt alleen uw eigen profiel aanpassen. Er is niets veranderd.",
        "You can change your own profile only. Nothing was changed.";
    SourceSystemOnly,
        "Alleen een bronsysteem kan dit doen, met een eigen sleutel. Er is niets veranderd.",
        "Only a source system can do this, with a key of its own. Nothing was changed.";
    NotForASourceSystem,
        "Een bronsysteem registreert alleen onderdelen en permissies van de eigen organisatie. Er is niets veranderd.",
        "A source system registers items and permissions of its own organisation only. Nothing was changed.";
}

/// Whether the actor may do it, and how far their authority reaches.
pub fn authorise(
    actor: &AdminActor,
    act: &AdminAct,
    directory: &Directory,
) -> Result<AdminScope, Unauthorised> {
    match actor {
        AdminActor::Operator { .. } => match act {
            AdminAct::Register { .. } => Err(Unauthorised::SourceSystemOnly),
            _ => Ok(AdminScope::Everywhere),
        },
        AdminActor::Source { source, organisation } => {
            let own = AdminAct::Register {
                source: *source,
                organisation: *organisation,
            };
            if *act == own {
                Ok(AdminScope::Organisation(*organisation))
            } else {
                Err(Unauthorised::NotForASourceSystem)
            }
        }
        AdminActor::Professional { person, membership } => {
            let own = directory
                .member(*membership)
                .filter(|member| member.active && member.person == *person)
                .filter(|_| *act == AdminAct::ChangeOwnProfile(*membership));
            let own = own.ok_or(Unauthorised::OwnProfileOnly)?;
            Ok(AdminScope::Organisation(own.organisation))
        }
        AdminActor::Administrator { person, membership } => {
            let own = directory
                .member(*membership)
                .filter(|member| member.active && member.person == *person)
                .map(|member| member.organisation)
                .filter(|own| directory.administers(*membership, *own))
                .ok_or(Unauthorised::NotAnAdministrator)?;
            check_administrator(*membership, own, act, directory)?;
            Ok(AdminScope::Organisation(own))
        }
    }
}

fn check_administrator(
    membership: MembershipId,
    own: OrganisationId,
    act: &AdminAct,
    directory: &Directory,
) -> Result<(), Unauthorised> {
    let check = |allowed: bool, why| if allowed { Ok(()) } else { Err(why) };
    match act {
        AdminAct::CreateOrganisation => Err(Unauthorised::OperatorOnly),
        AdminAct::ListOrganisations => Ok(()),
        AdminAct::Manage(subjects) => {
            let all_own = subjects
                .iter()
                .all(|subject| directory.organisation_of(*subject) == Some(own));
            check(all_own, Unauthorised::OtherOrganisation)
        }
        AdminAct::ChangeOwnProfile(membership) => {
            let at = directory.organisation_of(Subject::Membership(*membership));
            check(at == Some(own), Unauthorised::OtherOrganisation)
        }
        AdminAct::AddMembership { person, organisation } => {
            check(*organisation == own, Unauthorised::OtherOrganisation)?;
            let works_here = directory.works_at(*person).any(|at| at == own);
            check(works_here, Unauthorised::WorksNotHere)
        }
        AdminAct::ChangeAccount(person) => {
            let works_here = directory.works_at(*person).any(|at| at == own);
            check(works_here, Unauthorised::OtherOrganisation)?;
            let only_here = directory.works_at(*person).all(|at| at == own);
            check(only_here, Unauthorised::WorksElsewhere)
        }
        AdminAct::Consent { by } => check(*by == membership, Unauthorised::InAnothersName),
        AdminAct::Register { .. } => Err(Unauthorised::SourceSystemOnly),
    }
}

impl Directory {
    /// The organisation that something belongs to; `None` where it never existed.
    fn organisation_of(&self, subject: Subject) -> Option<OrganisationId> {
        match subject {
            Subject::Organisation(organisation) => Some(organisation),
            Subject::Membership(membership) => Some(self.member(membership)?.organisation),
            Subject::Team(team) => Some(self.team(team)?.organisation),
        }
    }

    /// The organisations at which someone works now.
    fn works_at(&self, person: PersonId) -> impl Iterator<Item = OrganisationId> {
        let own = self.memberships_of(person).iter();
        own.filter_map(|membership| self.member(*membership))
            .filter(|member| member.active)
            .map(|member| member.organisation)
    }
}
