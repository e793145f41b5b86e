//! All that one transaction writes.

use conversation::{AttachmentId, ConversationId, Pair, PersonId, Seq, SourceId, Timestamp};

use super::account_state::{AliasRow, PersonalRow, PositionRow};
use super::accounts::{AccountRow, InvitationRow};
use super::attachments::{KeptAttachment, NamedAttachment};
use super::conversations::{
    CommandResultRow, ConversationLinkRow, EventRow, HeadWrite, KeyRow, ParticipantRow,
};
use super::jobs::JobRow;
use super::organisations::OrganisationRow;
use super::sessions::Ended;
use super::sources::SourceRow;
use super::urgent::UrgentRow;

/// All that one transaction writes.
#[derive(Clone, Debug, Default)]
pub struct Append {
    pub keys: Vec<KeyRow>,
    pub heads: Vec<HeadWrite>,
    /// In the order in which they were accepted.
    pub events: Vec<EventRow>,
    /// Content that is no longer current.
    pub outdated: Vec<Outdated>,
    pub participants: Vec<ParticipantRow>,
    pub conversation_links: Vec<ConversationLinkRow>,
    pub direct_conversations: Vec<(Pair, ConversationId)>,
    pub aliases: Vec<AliasRow>,
    pub command_results: Vec<CommandResultRow>,
    pub positions: Vec<PositionRow>,
    pub personal: Vec<PersonalRow>,
    pub organisation_events: Vec<OrganisationRow>,
    pub accounts: Vec<AccountRow>,
    /// Their sessions end, too.
    pub ended_accounts: Vec<(PersonId, Timestamp)>,
    /// Each ends the person's earlier, unused invitations.
    pub invitations: Vec<InvitationRow>,
    pub ended_sessions: Vec<Ended>,
    pub sources: Vec<SourceRow>,
    pub jobs: Vec<JobRow>,
    pub ended_sources: Vec<(SourceId, Timestamp)>,
    pub attachments: Vec<NamedAttachment>,
    pub kept_attachments: Vec<KeptAttachment>,
    /// Files that an edit or a deletion of their message takes away.
    pub dropped_attachments: Vec<AttachmentId>,
    pub urgent: Vec<UrgentRow>,
}

/// The ends of the logs that an append extended; `None` for the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// The offset of the last event.
    pub offset: Option<u64>,
    /// The revision of all account state in the append.
    pub revision: Option<u64>,
    /// The offset of the last event of an organisation.
    pub organisations: Option<u64>,
}

impl Append {
    /// Whether it changes read markers, personal fields or aliases.
    pub fn has_account_state(&self) -> bool {
        !(self.aliases.is_empty() && self.positions.is_empty() && self.personal.is_empty())
    }

    pub fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.events.is_empty() && self.is_of_logs()
    }

    /// Whether it only adds events to existing conversations, whose states do not change.
    pub fn only_extends(&self) -> bool {
        let extends = |head: &HeadWrite| head.before.0 > 0 && head.state.is_none();
        !self.events.is_empty() && self.heads.iter().all(extends) && self.is_of_logs()
    }

    /// Whether it has nothing but events and heads of conversations.
    fn is_of_logs(&self) -> bool {
        let Append {
            keys,
            heads: _,
            events: _,
            outdated,
            participants,
            conversation_links,
            direct_conversations,
            aliases,
            command_results,
            positions,
            personal,
            organisation_events,
            accounts,
            ended_accounts,
            invitations,
            ended_sessions,
            sources,
            jobs,
            ended_sources,
            attachments,
            kept_attachments,
            dropped_attachments,
            urgent,
        } = self;
        keys.is_empty()
            && outdated.is_empty()
            && participants.is_empty()
            && conversation_links.is_empty()
            && direct_conversations.is_empty()
            && aliases.is_empty()
            && command_results.is_empty()
            && positions.is_empty()
            && personal.is_empty()
            && organisation_events.is_empty()
            && accounts.is_empty()
            && ended_accounts.is_empty()
            && invitations.is_empty()
            && ended_sessions.is_empty()
            && sources.is_empty()
            && jobs.is_empty()
            && ended_sources.is_empty()
            && attachments.is_empty()
            && kept_attachments.is_empty()
            && dropped_attachments.is_empty()
            && urgent.is_empty()
    }
}

/// A message whose content was edited or deleted: its earlier versions are no longer served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outdated {
    pub conversation: ConversationId,
    /// The message.
    pub target: Seq,
    /// The edit or deletion.
    pub by: Seq,
}
