//! The state of a device while things go on: it may lack what has not come yet, but what is there is the server's, as
//! far as the device has heard, and of what its person saw; and its screen offers what the rules give them.

use std::collections::BTreeMap;

use client::api::view::ConversationView;
use client::cache::{Cache as _, Segment, Slice};
use conversation::{ConversationId, Kind, MembershipId, PersonId, Seq, SeqRange, Shape};

use super::judge::offer;
use super::log::{Log, Logged};
use super::network::Place;
use super::ports::{Must as _, Step, broken, now};
use super::simulated_system::SimulatedSystem;

/// Of so many looks, in a thousand, one is thorough.
const THOROUGH: usize = 250;
const ALL: SeqRange = SeqRange {
    from: Seq(1),
    to: Seq(u64::MAX),
};

impl SimulatedSystem {
    /// Every membership that someone ever had.
    fn ever_of(&self, person: PersonId) -> Vec<MembershipId> {
        let people = self.oracle.standing.people.iter();
        people
            .filter(|(_, own)| **own == person)
            .map(|(member, _)| *member)
            .collect()
    }

    /// At times, all that a device holds is looked through.
    pub(super) fn holds_what_it_may(&mut self, place: Place) -> Step {
        if !self.dice.chance(THOROUGH) {
            return Ok(());
        }
        for id in self.devices[place].conversations()? {
            self.oracle.checks += 1;
            if let Err(what) = self.holds_of(place, id)? {
                let name = self.oracle.names.of("c", id.0);
                return broken(format!("device {place}, in the midst of things: {what} {name}"));
            }
        }
        self.holds_files_of_messages(place)
    }

    fn holds_of(&self, place: Place, id: ConversationId) -> Step<Result<(), &'static str>> {
        let cache = &self.devices[place].cache;
        let row = now(cache.conversation(id))?
            .must("the cache")?
            .must("a row is missing")?;
        // One that is still to be started.
        let Some(log) = self.oracle.logs.get(&id).filter(|_| row.last > Seq(0)) else {
            return Ok(Ok(()));
        };
        let length = row.last.0 as usize;
        if log.at(row.last).is_none_or(|last| last.link != row.last_link) {
            return Ok(Err("it believes in another last event of"));
        }
        let segments = now(cache.segments(id))?.must("the cache")?;
        if segments.iter().any(|segment| !fits(id, log, segment)) {
            return Ok(Err("it holds a run that is not of the log of"));
        }
        let person = self.devices[place].person.id;
        let own = self.ever_of(person);
        let seen = log.ever_seen(&own, length);
        // While a right is changing, the device may not know yet.
        let steady = !own.iter().any(|own| self.oracle.standing.unsteady.contains(own));
        let of_item = matches!(log.shape(), Some(Shape::Item { .. }));
        let all = of_item && own.iter().any(|own| self.holds_analyse(*own, log));
        let slice = Slice {
            limit: u32::MAX,
            range: ALL,
            newest: false,
        };
        let mut kept = now(cache.timeline(id, slice))?.must("the cache")?;
        kept.extend(now(cache.about(id, ALL))?.must("the cache")?);
        for entry in kept {
            let Some(event) = log.at(entry.number).filter(|_| entry.number <= row.last) else {
                return Ok(Err("it keeps an event that is not in the log of"));
            };
            if event.header != entry.header {
                return Ok(Err("it keeps another event than the one in"));
            }
            let follows = entry.header.kind.target().unwrap_or(entry.number);
            let sees = seen.get(follows.0 as usize - 1).copied().unwrap_or_default();
            if !(sees || all || of_item && !steady) {
                return Ok(Err("it keeps what its person may not see of"));
            }
            let standing = self.standing_content(log, entry.number, &segments);
            let (text, files) = standing.map_or((None, &[][..]), |event| {
                let said = &self.oracle.said;
                (said.text(event), said.attachments(event))
            });
            if entry.text.is_some() && entry.text != text {
                return Ok(Err("it shows another text than stands in"));
            }
            if !entry.attachments.is_empty() && entry.attachments != files {
                return Ok(Err("it shows other files than stand in"));
            }
        }
        Ok(Ok(()))
    }

    fn holds_analyse(&self, member: MembershipId, log: &Log) -> bool {
        let shape = log.shape();
        shape.is_some_and(|shape| self.oracle.standing.analyses(member, shape))
    }

    /// The event whose content stands at a place, by the changes of it that have come.
    fn standing_content<'a>(&self, log: &'a Log, number: Seq, segments: &[Segment]) -> Option<&'a Logged> {
        let came = |number: Seq| segments.iter().any(|one| one.range.contains(number));
        let said = log.at(number)?;
        let of = said.header.kind.target().unwrap_or(number);
        let mut standing: BTreeMap<u64, &Kind> = BTreeMap::new();
        for (number, event) in (1..).zip(&log.events) {
            if came(Seq(number)) && event.header.kind.target() == Some(of) {
                standing.insert(number, &event.header.kind);
            }
        }
        if standing.values().any(|kind| matches!(kind, Kind::Deleted { .. })) {
            return None;
        }
        let last = standing.keys().next_back().map_or(of, |number| Seq(*number));
        // An earlier edit has no text any more; the message has the last one's.
        if number != of && number != last {
            return None;
        }
        log.at(last)
    }

    /// The actions that the screen offers in a conversation are those that the rules allow, as far as the
    /// device has heard.
    pub(super) fn offers_what_it_may(&mut self, place: Place, view: &ConversationView) -> Step {
        let (id, last) = (view.conversation, view.last);
        let Some(acting) = view.acting else { return Ok(()) };
        let Some(log) = self.oracle.logs.get(&id).filter(|_| last > Seq(0)) else {
            return Ok(());
        };
        let standing = &self.oracle.standing;
        let shape = view.shape;
        // How the rights at an item stand it may not have heard yet.
        if matches!(shape, Shape::Item { .. }) && standing.unsteady.contains(&acting) {
            return Ok(());
        }
        self.oracle.checks += 1;
        let analyse = standing.analyses(acting, shape);
        let Some(head) = log.head(last.0 as usize, None) else {
            return Ok(());
        };
        let expected = offer(&head, acting, analyse, standing);
        if view.may == expected {
            return Ok(());
        }
        let name = self.oracle.names.of("c", id.0);
        broken(format!(
            "device {place} offers {:?} in {name} as of {last}, where the rules give {expected:?}",
            view.may
        ))
    }
}

/// Whether a run that a device has is of the log.
fn fits(id: ConversationId, log: &Log, segment: &Segment) -> bool {
    let before = segment.range.from.previous();
    let previous = match before {
        Seq(0) => Some(trail::genesis(id.as_bytes())),
        before => log.at(before).map(|event| event.link),
    };
    let last = log.at(segment.range.to).map(|event| event.link);
    previous == Some(segment.previous) && last == Some(segment.link)
}
