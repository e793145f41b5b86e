//! Actions of people in an item's window (S3, P3, P7): they see its conversations, open one that they take no part in, join it,
//! close it.

use std::collections::BTreeSet;

use client::api::request::ApiRequest;
use client::api::view::{ConversationView, ItemView};
use client::engine::sync::follower::Event;
use conversation::{ConversationId, ItemId, PersonId, Shape};

use super::network::Place;
use super::ports::{Step, broken};
use super::simulated_system::SimulatedSystem;

impl SimulatedSystem {
    /// Opens the window of an item, and in it one of the conversations that the device does not follow.
    pub(super) fn open_item(&mut self, place: Place) -> Step {
        let items: Vec<ItemId> = self.cast.items.iter().map(|(item, _)| *item).collect();
        let Some(item) = self.dice.pick(&items) else {
            return Ok(());
        };
        let Some(window): Option<ItemView> = self.asked(place, ApiRequest::Item { item })? else {
            return Ok(());
        };
        self.counts.one("windows of items");
        if !window.offline {
            self.window_is_true(self.devices[place].person.id, item, &window)?;
        }
        let apart: Vec<ConversationId> = window
            .conversations
            .iter()
            .filter(|one| !one.takes_part)
            .map(|one| one.conversation)
            .collect();
        if let Some(conversation) = self.dice.pick(&apart) {
            self.counts.one("conversations opened in an item");
            self.call(place, ApiRequest::Follow { conversation })?;
            // The stream begins anew for it.
            self.hear(place, Event::Woken)?;
        }
        Ok(())
    }

    /// The window lists what its person sees something of, and nothing else.
    fn window_is_true(&mut self, person: PersonId, item: ItemId, window: &ItemView) -> Step {
        self.oracle.checks += 1;
        let listed: BTreeSet<ConversationId> =
            window.conversations.iter().map(|one| one.conversation).collect();
        for (id, log) in &self.oracle.logs {
            let of_item = log.shape() == Some(Shape::Item { item });
            let length = log.events.len();
            let sees = of_item && log.seen(person, &self.oracle.standing, length).contains(&true);
            if sees != listed.contains(id) {
                let lists = if sees { "leaves out" } else { "lists" };
                let name = self.oracle.names.of("c", id.0);
                let who = self.oracle.names.of("person", person.0);
                return broken(format!("the window of an item {lists} {name} for {who}"));
            }
        }
        Ok(())
    }

    /// Closes one that is open without taking part; it leaves the device.
    pub(super) fn close_item(&mut self, place: Place, conversation: ConversationId) -> Step {
        self.call(place, ApiRequest::Unfollow { conversation })?;
        self.hear(place, Event::Woken)
    }

    /// Closes all that are open without taking part.
    pub(super) fn close_items(&mut self, place: Place) -> Step {
        for conversation in self.devices[place].conversations()? {
            let view: Option<ConversationView> =
                self.asked(place, ApiRequest::Conversation { conversation })?;
            if view.is_some_and(|view| view.via_item) {
                self.close_item(place, conversation)?;
            }
        }
        Ok(())
    }
}
