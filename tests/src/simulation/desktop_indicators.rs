//! The desktop status of a device (N1): held against the overview, and against what it showed before.

use std::collections::{BTreeMap, BTreeSet};

use client::api::request::Filter;
use client::api::view::Overview;
use client::notifier::{About, Notice, Notifier};
use conversation::{ConversationId, Seq};

use super::device_snapshot::overview_of;
use super::network::Place;
use super::ports::{Step, broken, now};
use super::simulated_system::SimulatedSystem;

/// The desktop of a device.
#[derive(Debug, Default)]
pub(super) struct Desktop {
    notices: Notifier,
    /// The notifications that stand there.
    shown: BTreeSet<About>,
    /// The first message of each conversation's last notification; outlives a restart.
    notified: BTreeMap<ConversationId, Seq>,
    /// The messages for which a notification of a mention by an edit was given; outlive a restart.
    named: BTreeSet<(ConversationId, Seq)>,
}

impl Desktop {
    /// The program has ended, and its notifications with it.
    pub(super) fn restart(&mut self) {
        self.notices = Notifier::default();
        self.shown.clear();
    }
}

impl SimulatedSystem {
    /// N1: the number is the overview's, notifications are of unread messages, and none is given twice.
    pub(super) fn look_at_desktop(&mut self, place: Place) -> Step {
        let device = &mut self.devices[place];
        // The program may die of what it keeps.
        let Ok(desktop_status) = now(device.desktop.notices.look(&device.engine, false))? else {
            return Ok(());
        };
        self.oracle.checks += 1;
        let desktop = &mut device.desktop;
        for about in &desktop_status.withdraw {
            if !desktop.shown.remove(about) {
                return broken(format!(
                    "device {place} withdraws a notification that it does not show"
                ));
            }
        }
        for notice in &desktop_status.replace {
            if !desktop.shown.contains(&notice.about()) {
                return broken(format!(
                    "device {place} changes a notification that it does not show"
                ));
            }
        }
        for notice in &desktop_status.show {
            desktop.shown.insert(notice.about());
            match *notice {
                Notice::One {
                    conversation,
                    number,
                    again: false,
                    ..
                } => {
                    let before = desktop.notified.insert(conversation, number);
                    if before.is_some_and(|before| before >= number) {
                        return broken(format!("device {place} tells twice of one message"));
                    }
                }
                Notice::One {
                    conversation, number, ..
                }
                | Notice::Mention {
                    conversation, number, ..
                } => {
                    if !desktop.named.insert((conversation, number)) {
                        return broken(format!("device {place} tells twice of one mention"));
                    }
                }
                // Again until it is read.
                Notice::Urgent { .. } | Notice::Many { .. } => {}
            }
        }
        self.counts.add("notifications", desktop_status.show.len() as u64);
        let unread: Option<Overview> = self.asked(place, overview_of(Filter::Unread))?;
        let Some(unread) = unread else { return Ok(()) };
        let listed: BTreeSet<ConversationId> = unread.rows.iter().map(|row| row.conversation).collect();
        if desktop_status.unread != unread.unread || desktop_status.unread as usize != listed.len() {
            let (shown, overview) = (desktop_status.unread, unread.unread);
            return broken(format!(
                "the badge of device {place} shows {shown}, its overview {overview} and lists {}",
                listed.len()
            ));
        }
        // Read messages that mention the user since an edit, shown alone or together.
        let of_mentions = !self.devices[place].desktop.named.is_empty();
        let stands = |about: &About| match about {
            About::Conversation(id) => listed.contains(id),
            About::Urgent(id) => listed.contains(id),
            About::Mention(id, number) => self.devices[place].desktop.named.contains(&(*id, *number)),
            About::Many => !listed.is_empty() || of_mentions,
            About::Trial => false,
        };
        let shown = &self.devices[place].desktop.shown;
        if !shown.iter().all(stands) {
            return broken(format!(
                "device {place} shows a notification of what is not unread"
            ));
        }
        Ok(())
    }
}
