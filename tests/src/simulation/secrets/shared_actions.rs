//! Actions in both worlds alike, while the observer takes part and while they do not: by the others through commands,
//! by the observer through their screen; and edits and deletions of what is secret, which each world chooses by itself.

use conversation::organisation::{Name, Profile};
use conversation::{Action, MessageId, Seq, Share};
use sync_server::core::administer::AdminRequest;

use super::Of;
use super::cast::{ANNA, BRAM, BY_NAME, Cast, Who, YARA, ZENO};
use super::pair::{Pair, text};
use super::scene::Said;
use super::screen::Own;
use super::side::LONGEST_MOMENT;
use crate::simulation::ports::{Must as _, Step};

#[derive(Clone, Copy, Debug)]
enum Deed {
    Say,
    Reply,
    Mention,
    Edit,
    Delete,
    Secretly,
    Add,
    Share,
    Remove,
    Leave,
    HandOver,
    Close,
    Team,
    TeamGoes,
    Moves,
    Read,
    Profile,
    Own(Own),
    Device,
}

const DEEDS: &[(usize, Deed)] = &[
    (30, Deed::Say),
    (20, Deed::Reply),
    (8, Deed::Mention),
    (12, Deed::Edit),
    (8, Deed::Delete),
    (30, Deed::Secretly),
    (7, Deed::Add),
    (7, Deed::Share),
    (4, Deed::Remove),
    (4, Deed::Leave),
    (6, Deed::HandOver),
    (4, Deed::Close),
    (5, Deed::Team),
    (3, Deed::TeamGoes),
    (4, Deed::Moves),
    (18, Deed::Read),
    (6, Deed::Profile),
    (14, Deed::Own(Own::Say)),
    (8, Deed::Own(Own::Reply)),
    (6, Deed::Own(Own::Edit)),
    (4, Deed::Own(Own::Delete)),
    (8, Deed::Own(Own::Read)),
    (3, Deed::Own(Own::Archive)),
    (8, Deed::Device),
];

impl Pair {
    /// So many things happen, in both worlds.
    pub(super) fn live(&mut self, deeds: usize) -> Step {
        for _ in 0..deeds {
            if let Some(deed) = self.dice.weighted(DEEDS) {
                self.deed(deed)?;
            }
        }
        Ok(())
    }

    fn deed(&mut self, deed: Deed) -> Step {
        let others = self.others()?;
        let Some(by) = self.dice.pick(&others) else {
            return Ok(());
        };
        let group = self.past.of == Of::Group;
        let direct = self.past.of == Of::Direct;
        match deed {
            Deed::Say => self.say(by, None),
            Deed::Reply => {
                let seen = self.messages();
                let seen: Vec<[MessageId; 2]> = seen
                    .into_iter()
                    .filter(|(number, _)| self.sees(by, *number))
                    .map(|(_, ids)| ids)
                    .collect();
                let to = self.dice.pick(&seen);
                self.say(by, to)
            }
            Deed::Mention if !direct => {
                let new = self.newcomer(by)?;
                let present = self.dice.pick(&others);
                let mentioned = if self.dice.chance(400) { new } else { present };
                self.mention(by, mentioned)
            }
            Deed::Edit | Deed::Delete => self.change(by, matches!(deed, Deed::Edit)),
            Deed::Secretly => self.secretly(),
            Deed::Add if !direct => match self.newcomer(by)? {
                Some(new) => self.add(by, new, None),
                None => Ok(()),
            },
            Deed::Share if group => {
                let owner = self.owner()?.filter(|owner| *owner != self.observer);
                let Some(owner) = owner else { return Ok(()) };
                let last = usize::try_from(self.sides[0].scene.last.0).unwrap_or_default();
                let from = Seq(1 + self.dice.below(last) as u64);
                match self.newcomer(owner)? {
                    Some(new) => self.add(owner, new, Some(from)),
                    None => Ok(()),
                }
            }
            Deed::Remove if !direct => {
                let owner = self.owner()?.filter(|owner| *owner != self.observer);
                let goes = self.dice.pick(&self.may_go(&others));
                let (Some(owner), Some(goes)) = (owner, goes) else {
                    return Ok(());
                };
                if owner == goes {
                    return Ok(());
                }
                self.act(owner, |side| Action::Remove {
                    member: side.member(goes),
                })
            }
            Deed::Leave if !direct => match self.dice.pick(&self.may_go(&others)) {
                Some(goes) => self.act(goes, |_| Action::Leave { successor: None }),
                None => Ok(()),
            },
            Deed::HandOver if !direct => self.hand_over(&others),
            Deed::Close if !direct => self.close(),
            Deed::Team if !direct => self.team(),
            Deed::TeamGoes if !direct => {
                let owner = self.owner()?.filter(|owner| *owner != self.observer);
                let other = self.sides[0].cast.other;
                let head = self.sides[0].scene.head.as_ref();
                let there = head.is_some_and(|head| head.teams.contains(&other));
                match owner.filter(|_| there) {
                    Some(owner) => self.act(owner, |side| Action::RemoveTeam {
                        team: side.cast.other,
                    }),
                    None => Ok(()),
                }
            }
            Deed::Moves => self.moves(),
            Deed::Read => {
                let last = usize::try_from(self.sides[0].scene.last.0).unwrap_or_default();
                let number = Seq(1 + self.dice.below(last) as u64);
                self.both(|side| side.read(by, number))
            }
            Deed::Profile => self.profile(),
            Deed::Own(own) if self.is_in() => self.own(own),
            // The one that is away for most of the time.
            Deed::Device => {
                let comes = !self.sides[0].devices[1].is_online();
                self.both(|side| {
                    let device = &mut side.devices[1];
                    if comes {
                        return device.connect();
                    }
                    device.disconnect();
                    Ok(())
                })
            }
            _ => Ok(()),
        }
    }

    /// A message in both, in answer to one that is at the same place in both.
    pub(super) fn say(&mut self, by: Who, to: Option<[MessageId; 2]>) -> Step {
        if self.sides[0].scene.is_archived() {
            return Ok(());
        }
        let text = self.text(&[]);
        let mut to = to.into_iter().flatten();
        self.act(by, |side| {
            let mut message = side.message(true, text.clone());
            message.reply_to = to.next();
            Action::Post { message }
        })
    }

    fn mention(&mut self, by: Who, whom: Option<Who>) -> Step {
        let Some(whom) = whom.filter(|_| !self.sides[0].scene.is_archived()) else {
            return Ok(());
        };
        let text = self.text(&[whom]);
        self.act(by, |side| Action::Post {
            message: side.message(true, text.clone()),
        })
    }

    /// An edit or deletion of a message that is the same in both.
    fn change(&mut self, by: Who, edits: bool) -> Step {
        let [one, other] = &self.sides;
        let member = one.member(by);
        let own = one.scene.own(member).filter(|said| {
            let common = one.scene.common.contains(&said.number) && other.scene.common.contains(&said.number);
            common && other.scene.own(member).any(|same| same == *said)
        });
        let own: Vec<MessageId> = own.map(|said| said.id).collect();
        let Some(message) = self.dice.pick(&own) else {
            return Ok(());
        };
        if !edits {
            return self.act(by, |_| Action::Delete { message });
        }
        if self.sides[0].scene.is_archived() {
            return Ok(());
        }
        let text = self.text(&[]);
        self.act(by, |_| Action::Edit {
            message,
            text: text.clone(),
            attachments: Vec::new(),
            urgent: None,
        })
    }

    /// Each world edits or deletes a message of its own that the observer does not see: by whom, which and how are its
    /// own, too.
    fn secretly(&mut self) -> Step {
        let (observer, keeper, items) = (self.observer, self.keeper, self.items());
        if !self.has_secrets || self.sides[0].scene.is_archived() {
            return Ok(());
        }
        let after = self.seed.rotate_left(11) ^ self.dice.below(usize::MAX) as u64;
        self.both(|side| {
            let unseen_by = side.member(observer);
            let kept = side.member(keeper);
            let mut all = Vec::new();
            for member in side.scene.participants().iter().filter(|one| **one != unseen_by) {
                let scene = &side.scene;
                let secret = |said: &&Said| {
                    !scene.sees(unseen_by, said.number) && !scene.common.contains(&said.number)
                };
                all.extend(scene.own(*member).filter(secret).cloned());
            }
            let said = side.dice.pick(&all).must("nothing secret is left to be edited")?;
            let by = side.cast.who(said.by)?;
            let message = said.id;
            let of_keeper = all.iter().filter(|said| said.by == kept).count();
            let may_delete = said.by != kept || of_keeper > 1;
            let action = if may_delete && side.dice.chance(350) {
                Action::Delete { message }
            } else {
                let text = text(&mut side.dice, "geheim gewijzigd", Vec::new(), &items);
                Action::Edit {
                    message,
                    text,
                    attachments: Vec::new(),
                    urgent: None,
                }
            };
            // The time it takes is its own, too: nothing that the observer receives may depend on it. Then
            // both worlds are at the same moment again.
            let begun = side.now();
            side.moves_on();
            side.act(by, false, action)?;
            side.server.turn(begun.plus(LONGEST_MOMENT), after);
            side.scene.changes.insert(side.scene.last);
            Ok(())
        })
    }

    /// Someone whom another may add.
    fn newcomer(&mut self, by: Who) -> Step<Option<Who>> {
        let side = &self.sides[0];
        if side.scene.is_archived() || (self.past.of == Of::Item && by != ANNA && by != BRAM) {
            return Ok(None);
        }
        let owner = self.owner()? == Some(by);
        let may = |who: &Who| {
            let cast = &side.cast;
            let colleague = cast.organisation(by) == cast.organisation(*who);
            !side.takes_part(*who) && (colleague || owner && cast.finds(by, *who))
        };
        let all: Vec<Who> = BY_NAME.iter().copied().filter(may).collect();
        Ok(self.dice.pick(&all))
    }

    pub(super) fn add(&mut self, by: Who, new: Who, from: Option<Seq>) -> Step {
        let previewed = self.sides[0].scene.last;
        let share = from.map(|from| Share { from, previewed });
        // Nothing of it may be seen by the sharer, and then nothing is shared.
        let share = share.filter(|share| (share.from.0..=previewed.0).any(|at| self.sees(by, Seq(at))));
        self.act(by, |side| Action::Add {
            members: vec![side.member(new)],
            teams: Vec::new(),
            share,
        })
    }

    /// Those who may leave or be removed without the history coming to a halt.
    fn may_go(&self, others: &[Who]) -> Vec<Who> {
        let may = |who: &Who| BY_NAME.contains(who) && *who != self.keeper;
        let last = others.len() < 3;
        others.iter().copied().filter(|who| !last && may(who)).collect()
    }

    fn hand_over(&mut self, others: &[Who]) -> Step {
        let may = |who: &Who| match self.past.of {
            Of::Item => *who == ANNA || *who == BRAM,
            _ => BY_NAME.contains(who) && *who != ZENO,
        };
        let others: Vec<Who> = others.iter().copied().filter(may).collect();
        let owner = self.owner()?.filter(|owner| *owner != self.observer);
        match (owner, self.dice.pick(&others)) {
            (Some(owner), Some(to)) if to != owner => {
                self.act(owner, |side| Action::HandOver { to: side.member(to) })
            }
            _ => Ok(()),
        }
    }

    /// Archived for everyone, and after a while reopened.
    fn close(&mut self) -> Step {
        let owner = self.owner()?.filter(|owner| *owner != self.observer);
        let Some(owner) = owner else { return Ok(()) };
        if self.sides[0].scene.is_archived() {
            return self.act(owner, |_| Action::Reopen);
        }
        self.act(owner, |_| Action::Archive)
    }

    /// The team that comes and goes comes.
    fn team(&mut self) -> Step {
        let side = &self.sides[0];
        let head = side.scene.head.as_ref();
        let there = head.is_none_or(|head| head.teams.contains(&side.cast.other) || head.archived.is_some());
        let owner = self.owner()?.filter(|owner| *owner != self.observer);
        let may = |owner: &Who| {
            let finds = side.cast.finds(*owner, ANNA);
            finds && (self.past.of != Of::Item || *owner == ANNA || *owner == BRAM)
        };
        match owner.filter(|owner| !there && may(owner)) {
            Some(owner) => self.act(owner, |side| Action::Add {
                members: Vec::new(),
                teams: vec![side.cast.other],
                share: None,
            }),
            None => Ok(()),
        }
    }

    /// Somebody comes into a team or goes out of it, at the operator's.
    fn moves(&mut self) -> Step {
        let joins = self.dice.chance(500);
        self.both(|side| {
            let (team, membership) = (side.cast.other, side.member(Cast::mover()));
            side.server.administer(if joins {
                AdminRequest::TeamJoin { team, membership }
            } else {
                AdminRequest::TeamLeave { team, membership }
            })?;
            side.see()
        })
    }

    /// The card of someone changes who may have been there in one world and not in the other.
    fn profile(&mut self) -> Step {
        let who = self.dice.pick(BY_NAME).unwrap_or(YARA);
        let function = format!("functie {}", self.dice.below(1_000));
        self.both(|side| {
            let profile = Profile {
                name: Name {
                    given: Cast::name(who).to_owned(),
                    prefix: String::new(),
                    family: "de Vries".to_owned(),
                },
                discipline: "Arts".to_owned(),
                function: function.clone(),
                work_email: Cast::login(who),
            };
            let membership = side.member(who);
            let change = AdminRequest::ProfileChange { membership, profile };
            side.server.administer(change).map(|_| ())
        })
    }
}
