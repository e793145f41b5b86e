//! Starting conversations (S1 to S3), with people and with teams (O4).

use client::api::request::ApiRequest;
use conversation::{ConversationId, MembershipId, MessageText, Shape, TeamId};

use super::files::Gathering;
use super::network::Place;
use super::ports::Step;
use super::simulated_system::SimulatedSystem;

#[derive(Clone, Copy, Debug)]
pub(super) enum Starting {
    Direct,
    DirectBySubject,
    /// Two that cannot know of each other.
    DirectTwice,
    Group,
    GroupWithTeam,
    Item,
}

impl SimulatedSystem {
    pub(super) fn start(&mut self, place: Place, how: Starting) -> Step {
        let own = self.devices[place].memberships().to_vec();
        let Some(acting) = self.dice.pick(&own) else {
            return Ok(());
        };
        let found = self.find(place, acting)?;
        let most = if matches!(how, Starting::Group) {
            1 + self.dice.below(3)
        } else {
            1
        };
        let with = self.some(found, most);
        let Some(partner) = with.first().copied() else {
            return Ok(());
        };
        match how {
            Starting::Direct => self.start_with(place, acting, Shape::Direct, with, None),
            Starting::DirectBySubject => self.start_with(place, acting, Shape::Direct, with, Some("Vraag")),
            Starting::Group => self.start_with(place, acting, Shape::Group, with, Some("Wondzorg")),
            Starting::GroupWithTeam => {
                let team = self.find_team(place, acting)?;
                let with = if self.dice.chance(500) { with } else { Vec::new() };
                self.start_with_teams(place, acting, (with, team.into_iter().collect()))
            }
            Starting::Item => {
                let items = self.cast.items.clone();
                let Some((item, _)) = self.dice.pick(&items) else {
                    return Ok(());
                };
                self.start_with(place, acting, Shape::Item { item }, with, None)
            }
            Starting::DirectTwice => {
                let theirs = self.all(|system, other| system.devices[other].memberships().contains(&partner));
                self.start_with(place, acting, Shape::Direct, with, None)?;
                let Some(other) = self.dice.pick(&theirs) else {
                    return Ok(());
                };
                self.find(other, partner)?;
                self.start_with(other, partner, Shape::Direct, vec![acting], None)
            }
        }
    }

    fn start_with(
        &mut self,
        place: Place,
        acting: MembershipId,
        shape: Shape,
        with: Vec<MembershipId>,
        subject: Option<&str>,
    ) -> Step {
        self.start_by(place, shape, |text, attachments| ApiRequest::Start {
            acting,
            shape,
            with,
            teams: Vec::new(),
            subject: subject.map(str::to_owned),
            text,
            attachments,
            urgent: None,
        })
    }

    fn start_with_teams(
        &mut self,
        place: Place,
        acting: MembershipId,
        (with, teams): (Vec<MembershipId>, Vec<TeamId>),
    ) -> Step {
        self.start_by(place, Shape::Group, |text, attachments| ApiRequest::Start {
            acting,
            shape: Shape::Group,
            with,
            teams,
            subject: Some("Overdracht".to_owned()),
            text,
            attachments,
            urgent: None,
        })
    }

    fn start_by(
        &mut self,
        place: Place,
        shape: Shape,
        call: impl FnOnce(Option<MessageText>, bool) -> ApiRequest,
    ) -> Step {
        let body = self.new_text();
        let says = shape == Shape::Direct || self.dice.chance(500);
        // With the text, so that the outcome of the message is noted.
        let files = says && self.gather(place, Gathering::Start)?;
        let call = call(says.then(|| MessageText::from(body.as_str())), files);
        if self.asked::<ConversationId>(place, call)?.is_some() && says {
            self.give(place, &body)?;
        }
        Ok(())
    }
}
