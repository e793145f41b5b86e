//! The ways in which the observer joins, leaves and comes back, and the checks on the way.

use client::api::request::ApiRequest;
use conversation::{Action, ConversationId, Seq, Shape, TeamId};
use sync_server::core::administer::AdminRequest;

use super::cast::{ANNA, BRAM, BY_NAME, Cast, DIRK, KARIM, SANNE, Who, YARA, ZENO};
use super::observer_device::{ObserverDevice, With};
use super::pair::{Pair, text};
use super::screen::ask;
use super::side::SUBJECT;
use super::unseen_actions::{Agreed, ROOM};
use super::{Came, Of};
use crate::simulation::ports::{Must as _, Step};

impl Pair {
    /// The history from its beginning to its end.
    pub(super) fn play(&mut self) -> Step {
        self.acquaintance()?;
        if self.past.was_there {
            self.first_time()?;
            self.away()?;
        } else {
            self.unknown()?;
        }
        self.probe()?;
        self.come()?;
        self.look()?;
        self.probe()?;
        let some = 4 + self.dice.below(10);
        self.live(some)?;
        self.named_too()?;
        self.ask_for_secrets()?;
        self.ask_for_files()?;
        if self.dice.chance(300) {
            self.away()?;
            self.probe()?;
            self.come()?;
            let some = 1 + self.dice.below(6);
            self.live(some)?;
        }
        if self.past.of == Of::Item && self.dice.chance(400) {
            // Places once seen stay in sight inside the item (P7), and later events are secret, too.
            self.away()?;
        }
        if self.dice.chance(300) {
            self.account_ends()?;
        }
        if self.past.of == Of::Group && self.dice.chance(80) {
            let owner = self.owned()?;
            self.act(owner, |_| Action::DeleteConversation)?;
        }
        self.probe()?;
        self.ask_for_secrets()?;
        self.ask_for_files()?;
        self.devices_come()?;
        self.look()
    }

    /// Of something else altogether, which nothing here may change.
    fn acquaintance(&mut self) -> Step {
        let (observer, said) = (self.observer, self.text(&[]));
        self.both(|side| {
            let id = ConversationId(side.id(true));
            // Beside the one that the two have without a subject.
            let start = Action::Start {
                shape: Shape::Direct,
                with: vec![side.member(observer)],
                teams: Vec::new(),
                subject: Some("Iets anders".to_owned()),
                message: Some(side.message(true, said.clone())),
            };
            side.act_in(id, KARIM, true, start)
        })
    }

    /// The participants when the observer comes, the owner first.
    fn agreed(&mut self, owner: Who, teams: Vec<TeamId>) -> Agreed {
        let mut people = vec![owner];
        for _ in 0..=self.dice.below(3) {
            let others = BY_NAME.iter().copied();
            let cast = &self.sides[0].cast;
            let others: Vec<Who> = others
                .filter(|who| !people.contains(who) && cast.finds(owner, *who))
                // A stranger to some of them is seldom among those who stay.
                .filter(|who| *who != ZENO || self.turn_of(10))
                .collect();
            people.extend(self.dice.pick(&others));
        }
        Agreed { people, teams }
    }

    /// Every so many histories.
    fn turn_of(&self, many: u64) -> bool {
        (self.seed / 17).is_multiple_of(many)
    }

    fn an_owner(&mut self) -> Step<Who> {
        let may: &[Who] = match self.past.of {
            Of::Item => &[ANNA, BRAM],
            Of::Group => &[ANNA, BRAM, DIRK, KARIM, SANNE],
            Of::Direct => &[KARIM],
        };
        self.dice.pick(may).must("nobody owns it")
    }

    fn own_team(&self) -> Vec<TeamId> {
        vec![self.sides[0].cast.own]
    }

    /// All that happens happens before the observer comes; but what is shared with them then.
    fn unknown(&mut self) -> Step {
        self.keeper = self.an_owner()?;
        let teams = if self.past.came == Came::IntoTeam {
            self.own_team()
        } else {
            Vec::new()
        };
        let agreed = self.agreed(self.keeper, teams);
        let least = if self.past.of == Of::Item { ROOM } else { 3 };
        let places = least + self.dice.below(34) as u64;
        self.secret = Seq::FIRST;
        self.apart(places, Some(&agreed))?;
        if self.past.came == Came::Shared {
            let some = 2 + self.dice.below(6);
            self.live(some)?;
        }
        Ok(())
    }

    /// The observer is there from the beginning, and sees all of it.
    fn first_time(&mut self) -> Step {
        let by_team = self.past.came == Came::IntoTeam;
        if by_team {
            self.join_team()?;
        }
        self.keeper = self.an_owner()?;
        let Agreed { people, .. } = self.agreed(self.keeper, Vec::new());
        let (observer, keeper) = (self.observer, self.keeper);
        let (of, item) = (self.past.of, self.items()[0]);
        let teams = if by_team && of == Of::Group {
            self.own_team()
        } else {
            Vec::new()
        };
        let mut with: Vec<Who> = if by_team { Vec::new() } else { vec![observer] };
        if of != Of::Direct {
            with.extend(&people[1..]);
        }
        if of == Of::Item {
            // An item's begins with one.
            with.truncate(1);
        }
        let said = self.text(&[]);
        self.act(keeper, |side| Action::Start {
            shape: match of {
                Of::Direct => Shape::Direct,
                Of::Group => Shape::Group,
                Of::Item => Shape::Item { item },
            },
            with: with.iter().map(|who| side.member(*who)).collect(),
            teams: teams.clone(),
            subject: (of != Of::Direct).then(|| SUBJECT.to_owned()),
            message: Some(side.message(true, said.clone())),
        })?;
        if by_team && of == Of::Item {
            let team = self.sides[0].cast.own;
            self.add_team(keeper, team)?;
        }
        let some = 3 + self.dice.below(8);
        self.live(some)
    }

    /// Into the team that is the observer's.
    fn join_team(&mut self) -> Step {
        let observer = self.observer;
        self.both(|side| {
            let (team, membership) = (side.cast.own, side.member(observer));
            side.server
                .administer(AdminRequest::TeamJoin { team, membership })?;
            side.see()
        })
    }

    fn add_team(&mut self, by: Who, team: TeamId) -> Step {
        self.act(by, |_| Action::Add {
            members: Vec::new(),
            teams: vec![team],
            share: None,
        })
    }

    /// The observer goes, and things happen without them.
    fn away(&mut self) -> Step {
        if !self.is_in() {
            return Ok(());
        }
        self.go()?;
        // How far the others have read what the observer saw is seen by who comes back.
        let last = self.sides[0].scene.last;
        for who in self.others()? {
            self.both(|side| side.read(who, last))?;
        }
        self.secret = self.secret.min(self.sides[0].scene.last.next());
        for _ in 0..self.dice.below(3) {
            self.change_seen_message()?;
        }
        if self.past.of == Of::Direct {
            return Ok(());
        }
        self.reopened()?;
        let some = 1 + self.dice.below(5) as u64;
        self.apart(some, None)?;
        for _ in 0..self.dice.below(3) {
            self.change_seen_message()?;
        }
        if self.dice.chance(600) {
            let head = self.sides[0].scene.head.as_ref();
            let teams = head.map(|head| head.teams.clone()).unwrap_or_default();
            let own = teams.into_iter().filter(|team| self.own_team().contains(team));
            let agreed = self.agreed(self.keeper, own.collect());
            let here = self.sides[0].scene.participants().len() as u64;
            let places = here + ROOM + self.dice.below(16) as u64;
            self.apart(places, Some(&agreed))?;
        }
        Ok(())
    }

    fn go(&mut self) -> Step {
        let (observer, own) = (self.observer, self.sides[0].cast.own);
        let member = self.sides[0].member(observer);
        if !self.sides[0].scene.by_name(member) {
            return self.both(|side| {
                let (team, membership) = (own, side.member(observer));
                side.server
                    .administer(AdminRequest::TeamLeave { team, membership })?;
                side.see()
            });
        }
        let owner = self.owner()?.filter(|owner| *owner != observer);
        if let Some(owner) = owner
            && self.dice.chance(500)
        {
            return self.act(owner, |side| Action::Remove {
                member: side.member(observer),
            });
        }
        self.both(|side| {
            let leave = ApiRequest::Leave {
                conversation: side.conversation,
                successor: None,
            };
            ask(side, leave)
        })
    }

    /// The keeper edits or deletes a message that the observer saw: they learn that, and not what it says now.
    fn change_seen_message(&mut self) -> Step {
        let (keeper, items) = (self.keeper, self.items());
        let member = self.sides[0].member(keeper);
        let observer = self.sides[0].member(self.observer);
        let scene = &self.sides[0].scene;
        let own = scene.own(member).filter(|said| scene.sees(observer, said.number));
        let own: Vec<_> = own.map(|said| said.id).collect();
        let Some(message) = self
            .dice
            .pick(&own)
            .filter(|_| !self.sides[0].scene.is_archived())
        else {
            return Ok(());
        };
        if self.dice.chance(300) {
            return self.act(keeper, |_| Action::Delete { message });
        }
        self.both(|side| {
            let text = text(&mut side.dice, "geheim gewijzigd", Vec::new(), &items);
            side.act(
                keeper,
                false,
                Action::Edit {
                    message,
                    text,
                    attachments: Vec::new(),
                    urgent: None,
                },
            )
        })
    }

    fn reopened(&mut self) -> Step {
        let owner = self.owner()?;
        match owner.filter(|_| self.sides[0].scene.is_archived()) {
            Some(owner) => self.act(owner, |_| Action::Reopen),
            None => Ok(()),
        }
    }

    /// The keeper owns it, and may add whomever they find.
    fn owned(&mut self) -> Step<Who> {
        let keeper = self.keeper;
        let owner = self.owner()?;
        if let Some(owner) = owner.filter(|owner| *owner != keeper) {
            self.act(owner, |side| Action::HandOver {
                to: side.member(keeper),
            })?;
        }
        Ok(keeper)
    }

    /// The observer comes, in the way of this history.
    fn come(&mut self) -> Step {
        let observer = self.observer;
        if self.past.of == Of::Direct {
            return self.say(self.keeper, None);
        }
        self.reopened()?;
        let owner = self.owned()?;
        let colleague = self.colleague()?;
        let by = colleague.filter(|_| self.dice.chance(400)).unwrap_or(owner);
        match self.past.came {
            Came::IntoTeam => self.join_team(),
            Came::ByTeam if !self.has_own_team() => {
                self.join_team()?;
                let team = self.sides[0].cast.own;
                self.add_team(by, team)
            }
            Came::Mentioned => {
                let text = self.text(&[observer]);
                self.act(by, |side| Action::Post {
                    message: side.message(true, text.clone()),
                })
            }
            Came::Shared => {
                let back = self.dice.below(12) as u64;
                let some = Seq(self.sides[0].scene.last.0.saturating_sub(back));
                self.add(owner, observer, Some(some.max(self.shareable())))
            }
            Came::Named | Came::ByTeam | Came::Answered => self.add(by, observer, None),
        }?;
        self.both(|side| {
            let conversation = Some(side.conversation);
            ask(side, ApiRequest::Watch { conversation })
        })
    }

    /// A participant by their team alone is named, too, and shown some of the earlier messages (O4, P5).
    fn named_too(&mut self) -> Step {
        let observer = self.observer;
        let by_team = self.is_in() && !self.sides[0].scene.by_name(self.sides[0].member(observer));
        if !by_team || self.past.of != Of::Group || self.dice.chance(500) {
            return Ok(());
        }
        self.reopened()?;
        let owner = self.owned()?;
        let from = self.shareable();
        self.add(owner, observer, Some(from))
    }

    /// From here on both worlds have the same, or what stays a stub: it can be shown.
    fn shareable(&self) -> Seq {
        let [one, other] = [&self.sides[0].scene, &self.sides[1].scene];
        let observer = self.sides[0].member(self.observer);
        let same = |number: &Seq| {
            let common = one.common.contains(number) && other.common.contains(number);
            let changes = one.changes.contains(number) && other.changes.contains(number);
            common || changes || one.sees(observer, *number) && other.sees(observer, *number)
        };
        let mut from = one.last.next();
        while from > Seq::FIRST && same(&from.previous()) {
            from = from.previous();
        }
        from
    }

    fn has_own_team(&self) -> bool {
        let head = self.sides[0].scene.head.as_ref();
        head.is_some_and(|head| head.teams.contains(&self.sides[0].cast.own))
    }

    /// One of the observer's organisation who may add a colleague (P2, P3).
    fn colleague(&mut self) -> Step<Option<Who>> {
        let observer = self.observer;
        let others = self.others()?;
        let cast = &self.sides[0].cast;
        let may = |who: &Who| {
            let home = cast.organisation(*who) == cast.organisation(observer);
            home && (self.past.of != Of::Item || *who == ANNA || *who == BRAM)
        };
        let all: Vec<Who> = others.into_iter().filter(may).collect();
        Ok(self.dice.pick(&all))
    }

    /// Of one who may have taken part in one world and not in the other.
    fn account_ends(&mut self) -> Step {
        self.both(|side| {
            let person = side.cast.person(YARA);
            side.server.administer(AdminRequest::PersonEnd { person })?;
            side.see()
        })
    }

    /// The device that was away comes back, and a new one is signed in.
    fn devices_come(&mut self) -> Step {
        if !self.sides[0].devices[1].is_online() {
            self.both(|side| side.devices[1].connect())?;
        }
        let (observer, seed) = (self.observer, self.seed);
        self.both(|side| {
            let login = Cast::login(observer);
            let mut device = ObserverDevice::new(&side.server, seed + 2, With::Login(login))?;
            device.connect()?;
            side.devices.push(device);
            Ok(())
        })
    }
}
