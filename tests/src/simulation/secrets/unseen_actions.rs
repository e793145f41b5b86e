//! Actions in one world alone, while the observer is not there: as many places in the one as in the other,
//! and at their end the same people, owner and teams, for everyone who joins sees these. The events at the
//! places, their authors, the people who came and went meanwhile, and the times, are each world's own.
//!
//! A slice is filled with random actions of its world for as long as there is room to end as agreed:
//! ownership is handed to the agreed owner, the others are removed and added again in the order agreed. The
//! rest is filled with messages of those.

use conversation::{Action, Head, MembershipId, MessageId, Seq, Shape, TeamId};

use super::cast::{ANNA, BRAM, BY_NAME, Who, YARA, ZENO};
use super::pair::{MORNING, Pair, text};
use super::scene::Said;
use super::side::{SUBJECT, Side};
use super::{Of, cast::KARIM};
use crate::simulation::ports::{Must as _, Step, broken};

/// How a slice ends: who takes part by name, the owner first, and the teams.
#[derive(Clone, Debug)]
pub(super) struct Agreed {
    pub(super) people: Vec<Who>,
    pub(super) teams: Vec<TeamId>,
}

/// A thing that may be done apart, and the places that it takes.
#[derive(Clone, Copy, Debug)]
enum Thing {
    Say,
    Reply,
    Edit,
    Delete,
    Add,
    Mention,
    Remove,
    Leave,
    HandOver,
    Team,
    TeamGoes,
    CloseAndOpen,
    Read,
}

const THINGS: &[(usize, Thing)] = &[
    (20, Thing::Say),
    (10, Thing::Reply),
    (8, Thing::Edit),
    (6, Thing::Delete),
    (12, Thing::Add),
    (6, Thing::Mention),
    (5, Thing::Remove),
    (5, Thing::Leave),
    (5, Thing::HandOver),
    (5, Thing::Team),
    (4, Thing::TeamGoes),
    (3, Thing::CloseAndOpen),
    (8, Thing::Read),
];
/// The places that one action takes, at most.
const MOST: u64 = 2;
/// The shortest slice in which others than agreed can have started it.
pub(super) const ROOM: u64 = 16;

impl Pair {
    /// A secret slice of so many places, to end as agreed; where nothing is, those who are there stay, and talk.
    pub(super) fn apart(&mut self, places: u64, agreed: Option<&Agreed>) -> Step {
        let until = Seq(self.sides[0].scene.last.0 + places);
        let (of, observer, keeper, items) = (self.past.of, self.observer, self.keeper, self.items());
        for side in &mut self.sides {
            let mut apart = Apart {
                of,
                observer,
                keeper,
                agreed,
                until,
                items: &items,
                side,
                at_once: None,
            };
            apart.fill()?;
        }
        self.has_secrets = true;
        self.counts.add("secret places", places);
        self.pass(60_000);
        self.settle()
    }
}

struct Apart<'a> {
    of: Of,
    observer: Who,
    /// The person who is to stay, and to send the last message.
    keeper: Who,
    agreed: Option<&'a Agreed>,
    until: Seq,
    items: &'a [conversation::ItemId],
    side: &'a mut Side,
    /// How it stood where it was started as agreed.
    at_once: Option<Head>,
}

impl Apart<'_> {
    fn fill(&mut self) -> Step {
        if let Some(agreed) = self.agreed {
            if self.side.scene.last == Seq(0) {
                self.start(agreed)?;
            }
            let wild = self.side.dice.chance(700);
            // Every random history has to be brought to an agreed end.
            let mut tries = 200;
            while wild && tries > 0 && self.left() > self.price(agreed) + 2 * MOST + 3 {
                tries -= 1;
                if let Some(thing) = self.side.dice.weighted(THINGS) {
                    self.thing(thing)?;
                }
            }
            self.end_as(agreed)?;
        }
        while self.left() > 1 {
            self.say_of_those()?;
        }
        // The last is always a message of the one who stays.
        if self.left() == 1 {
            self.say(self.keeper, None)
        } else {
            broken("a secret slice is too short")
        }
    }

    fn left(&self) -> u64 {
        self.until.0.saturating_sub(self.side.scene.last.0)
    }

    fn member(&self, who: Who) -> MembershipId {
        self.side.member(who)
    }

    fn act(&mut self, who: Who, action: Action) -> Step {
        self.side.moves_on();
        self.side.act(who, false, action)
    }

    /// The first event of all: at once as agreed, or by others altogether.
    fn start(&mut self, agreed: &Agreed) -> Step {
        let Agreed { people, teams } = agreed;
        let at_once = self.of == Of::Group && (self.left() < ROOM || self.side.dice.chance(300));
        let (by, with, teams) = match self.of {
            Of::Item => {
                let by = if self.side.dice.chance(500) { ANNA } else { BRAM };
                let others: Vec<Who> = BY_NAME.iter().copied().filter(|who| *who != by).collect();
                let with = self.among(&others, |apart, who| apart.side.cast.finds(by, who));
                (by, with.into_iter().collect(), Vec::new())
            }
            _ if at_once => (people[0], people[1..].to_vec(), teams.clone()),
            _ => {
                let by = self.side.dice.pick(&[ANNA, BRAM, KARIM, YARA]).unwrap_or(ANNA);
                let others: Vec<Who> = BY_NAME.iter().copied().filter(|who| *who != by).collect();
                let mut with: Vec<Who> = Vec::new();
                for _ in 0..=self.side.dice.below(2) {
                    let found = self.among(&others, |apart, who| apart.side.cast.finds(by, who));
                    with.extend(found.filter(|found| !with.contains(found)));
                }
                (by, with, Vec::new())
            }
        };
        let shape = match self.of {
            Of::Item => Shape::Item { item: self.items[0] },
            _ => Shape::Group,
        };
        let said = self.text(&[]);
        let message = self.side.dice.chance(300).then(|| self.side.message(false, said));
        let message = message.filter(|_| self.left() >= ROOM);
        let with = with.iter().map(|who| self.member(*who)).collect();
        let subject = Some(SUBJECT.to_owned());
        self.act(
            by,
            Action::Start {
                shape,
                with,
                teams,
                subject,
                message,
            },
        )?;
        self.at_once = self.side.scene.head.clone().filter(|_| at_once);
        Ok(())
    }

    /// One of them, by this world's dice.
    fn among(&mut self, all: &[Who], may: impl Fn(&Self, Who) -> bool) -> Option<Who> {
        let all: Vec<Who> = all.iter().copied().filter(|who| may(self, *who)).collect();
        self.side.dice.pick(&all)
    }

    fn people(&self) -> Step<Vec<Who>> {
        let all = self.side.scene.participants().iter();
        all.map(|member| self.side.cast.who(*member)).collect()
    }

    fn owner(&self) -> Step<Who> {
        let owner = self.side.scene.owner().must("nobody owns it")?;
        self.side.cast.who(owner)
    }

    fn teams(&self) -> Vec<TeamId> {
        let head = self.side.scene.head.as_ref();
        head.map(|head| head.teams.clone()).unwrap_or_default()
    }

    fn is_as(&self, agreed: &Agreed) -> bool {
        if self.at_once.is_some() && self.at_once == self.side.scene.head {
            return true;
        }
        let people: Vec<MembershipId> = agreed.people.iter().map(|who| self.member(*who)).collect();
        let head = self.side.scene.head.as_ref();
        head.is_some_and(|head| {
            let teams = agreed.teams.is_empty() && head.teams.is_empty();
            teams && head.participants == people && head.owner == people.first().copied()
        })
    }

    /// The places that it takes to end as agreed, at most.
    fn price(&self, agreed: &Agreed) -> u64 {
        let others = self.side.scene.participants().len() + self.teams().len();
        (2 + others + agreed.people.len() + agreed.teams.len()) as u64
    }

    fn end_as(&mut self, agreed: &Agreed) -> Step {
        if self.is_as(agreed) {
            return Ok(());
        }
        let Agreed { people, teams } = agreed;
        let owner = people[0];
        let before = self.owner()?;
        if before != owner {
            if !self.side.takes_part(owner) {
                self.add(before, vec![owner], Vec::new())?;
            }
            let to = self.member(owner);
            self.act(before, Action::HandOver { to })?;
        }
        for team in self.teams() {
            self.act(owner, Action::RemoveTeam { team })?;
        }
        for other in self.people()?.into_iter().filter(|who| *who != owner) {
            let member = self.member(other);
            self.act(owner, Action::Remove { member })?;
        }
        if self.side.dice.chance(500) && people.len() > 1 {
            self.add(owner, people[1..].to_vec(), Vec::new())?;
        } else {
            for new in &people[1..] {
                self.add(owner, vec![*new], Vec::new())?;
            }
        }
        for team in teams {
            self.add(owner, Vec::new(), vec![*team])?;
        }
        Ok(())
    }

    fn add(&mut self, by: Who, people: Vec<Who>, teams: Vec<TeamId>) -> Step {
        let members = people.iter().map(|who| self.member(*who)).collect();
        self.act(
            by,
            Action::Add {
                members,
                teams,
                share: None,
            },
        )
    }

    fn text(&mut self, mentioned: &[Who]) -> conversation::MessageText {
        let members = mentioned.iter().map(|who| self.member(*who)).collect();
        text(&mut self.side.dice, "geheim", members, self.items)
    }

    fn say(&mut self, by: Who, reply_to: Option<MessageId>) -> Step {
        let people = self.people()?;
        let mentioned = self
            .side
            .dice
            .pick(&people)
            .filter(|_| self.side.dice.chance(200));
        let said = self.text(mentioned.as_slice());
        let mut message = self.side.message(false, said);
        message.reply_to = reply_to;
        if self.side.dice.chance(250) {
            message.attachments = vec![self.side.secret_file(by)?];
        }
        if self.side.dice.chance(150) {
            // Another message, elsewhere, has it in the other world.
            message.id = MessageId(self.side.alike.next(MORNING));
        }
        self.act(by, Action::Post { message })
    }

    /// A message, a reply, an edit or a deletion by one of those who take part.
    fn say_of_those(&mut self) -> Step {
        let thing = self.side.dice.weighted(&THINGS[..4]).unwrap_or(Thing::Say);
        let before = self.left();
        self.thing(thing)?;
        if self.left() == before {
            self.thing(Thing::Say)
        } else {
            Ok(())
        }
    }

    /// A member who may add someone, and the newcomer.
    fn newcomer(&mut self) -> Step<Option<(Who, Who)>> {
        let (people, owner) = (self.people()?, self.owner()?);
        let by_name = self.among(&people, |apart, who| apart.side.scene.by_name(apart.member(who)));
        let Some(by) = by_name.filter(|by| self.of != Of::Item || *by == ANNA || *by == BRAM) else {
            return Ok(None);
        };
        let new = self.among(BY_NAME, |apart, who| {
            let cast = &apart.side.cast;
            let colleague = cast.organisation(by) == cast.organisation(who);
            !people.contains(&who) && (colleague || owner == by && cast.finds(by, who))
        });
        Ok(new.map(|new| (by, new)))
    }

    fn thing(&mut self, thing: Thing) -> Step {
        let (people, owner) = (self.people()?, self.owner()?);
        let Some(by) = self.side.dice.pick(&people) else {
            return Ok(());
        };
        let goes = self.among(&people, |apart, who| {
            apart.side.scene.by_name(apart.member(who)) && apart.keeper != who
        });
        match thing {
            Thing::Say => self.say(by, None),
            Thing::Reply => {
                let member = self.member(by);
                let seen = self.side.scene.messages.iter();
                let seen = seen.filter(|said| self.side.scene.sees(member, said.number));
                let seen: Vec<MessageId> = seen.map(|said| said.id).collect();
                let to = self.side.dice.pick(&seen);
                self.say(by, to)
            }
            Thing::Edit | Thing::Delete => {
                let (member, observer) = (self.member(by), self.member(self.observer));
                let scene = &self.side.scene;
                let of_this =
                    |said: &&Said| !scene.common.contains(&said.number) && !scene.sees(observer, said.number);
                let own = scene.own(member).filter(of_this);
                let own: Vec<MessageId> = own.map(|said| said.id).collect();
                let Some(message) = self.side.dice.pick(&own) else {
                    return Ok(());
                };
                if matches!(thing, Thing::Delete) {
                    return self.act(by, Action::Delete { message });
                }
                let text = self.text(&[]);
                self.act(
                    by,
                    Action::Edit {
                        message,
                        text,
                        attachments: Vec::new(),
                        urgent: None,
                    },
                )
            }
            Thing::Add => match self.newcomer()? {
                Some((by, new)) => self.add(by, vec![new], Vec::new()),
                None => Ok(()),
            },
            Thing::Mention => match self.newcomer()? {
                Some((by, new)) => {
                    let said = self.text(&[new]);
                    let message = self.side.message(false, said);
                    self.act(by, Action::Post { message })
                }
                None => Ok(()),
            },
            Thing::Remove => match goes.filter(|goes| *goes != owner) {
                Some(goes) => {
                    let member = self.member(goes);
                    self.act(owner, Action::Remove { member })
                }
                None => Ok(()),
            },
            Thing::Leave => match goes.filter(|goes| *goes != owner) {
                Some(goes) => self.act(goes, Action::Leave { successor: None }),
                None => Ok(()),
            },
            Thing::HandOver => {
                let may = |who: Who| match self.of {
                    Of::Item => who == ANNA || who == BRAM,
                    _ => who != ZENO,
                };
                match goes.filter(|to| *to != owner && may(*to)) {
                    Some(to) => {
                        let to = self.member(to);
                        self.act(owner, Action::HandOver { to })
                    }
                    None => Ok(()),
                }
            }
            Thing::Team => {
                let team = self.side.cast.other;
                let may = match self.of {
                    Of::Item => owner == ANNA || owner == BRAM,
                    _ => self.side.cast.finds(owner, ANNA),
                };
                let may = may && !self.teams().contains(&team);
                if may {
                    self.add(owner, Vec::new(), vec![team])
                } else {
                    Ok(())
                }
            }
            Thing::TeamGoes => {
                let team = self.side.cast.other;
                if !self.teams().contains(&team) {
                    return Ok(());
                }
                self.act(owner, Action::RemoveTeam { team })
            }
            Thing::CloseAndOpen => {
                self.act(owner, Action::Archive)?;
                self.act(owner, Action::Reopen)
            }
            Thing::Read => {
                let number = Seq(1 + self.side.dice.below(self.side.scene.last.0 as usize) as u64);
                self.side.read(by, number)
            }
        }
    }
}
