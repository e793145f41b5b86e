//! The rows that are derived from an event: the index for finding conversations. They are written with the event, and made
//! anew when the trail is checked.

use conversation::organisation::Directory;
use conversation::{ConversationId, DirectoryLookup as _, Header, Kind, MembershipId, Seq, Shape};
use uuid::Uuid;

use crate::store::UrgentRow;

/// The members who take part from an event on, and those who no longer do; `before` and `after` are the participants.
pub(super) fn participation(
    before: &[MembershipId],
    after: &[MembershipId],
    kind: &Kind,
) -> Vec<(MembershipId, bool)> {
    let gone = before.iter().filter(|member| !after.contains(member));
    // A participant who is added again gets a row too, so that their devices are notified.
    let named = kind.members();
    let here = after
        .iter()
        .filter(|member| !before.contains(member) || named.contains(member));
    gone.map(|member| (*member, false))
        .chain(here.map(|member| (*member, true)))
        .collect()
}

/// The teams and the item that the conversation is bound to from an event on, and those that it no longer is.
pub(super) fn links(kind: &Kind) -> Vec<(Uuid, bool)> {
    match kind {
        Kind::Started { shape, teams, .. } => {
            let item = match shape {
                Shape::Item { item } => Some((item.0, true)),
                _ => None,
            };
            let teams = teams.iter().map(|chosen| (chosen.team.0, true));
            item.into_iter().chain(teams).collect()
        }
        Kind::Added { teams, .. } => teams.iter().map(|chosen| (chosen.team.0, true)).collect(),
        Kind::TeamRemoved { team } => vec![(team.0, false)],
        _ => Vec::new(),
    }
}

/// The row of an urgent message (M10).
pub(super) fn urgent(
    conversation: ConversationId,
    number: Seq,
    header: &Header,
    directory: &Directory,
) -> Option<UrgentRow> {
    let person = directory.member(header.by)?.person;
    header.kind.is_urgent().then_some(UrgentRow {
        conversation,
        number,
        person,
        membership: header.by,
        at: header.at,
    })
}
