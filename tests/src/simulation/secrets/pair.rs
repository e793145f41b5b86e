//! The two worlds of a history, turn by turn: the same things are done in both at the same moments, and after
//! each turn the observer must have received the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use conversation::text::{ITEM_LINK, MENTION};
use conversation::{Action, ConversationId, ItemId, MessageId, MessageText, Seq, Timestamp};

use super::Past;
use super::cast::{ANNA, Cast, OBSERVERS, Who};
use super::in_process_server::InProcessServer;
use super::leaks::Leak;
use super::observer_device::{ObserverDevice, With};
use super::probes::Tokens;
use super::redactions::Secrets;
use super::scene::Scene;
use super::side::{Ids, Side};
use super::sight::Sights;
use crate::simulation::counts::Counts;
use crate::simulation::device_snapshot::differs;
use crate::simulation::dice::Dice;
use crate::simulation::ports::{Must as _, Step, broken};

/// 2026-03-02 08:00 in UTC.
pub(super) const MORNING: Timestamp = Timestamp(1_772_438_400_000);
/// A turn lasts so long, and so much longer at most: a history is over before a message can no longer be edited.
const TURN: i64 = 20 * Timestamp::SECOND;
const LONGER: usize = 4 * Timestamp::MINUTE as usize;

const WORDS: &[&str] = &[
    "wond",
    "rechts",
    "hiel",
    "gisteren",
    "zalf",
    "nacht",
    "mw.",
    "de Boer",
    "pijn",
    "*matig*",
    "**let op**",
    "morgen",
    "ë",
    "😀",
    "overdracht",
    "2*3*4",
    "https://wond.example/a",
];

pub(super) struct Pair {
    pub(super) seed: u64,
    pub(super) past: Past,
    pub(super) observer: Who,
    pub(super) sides: [Side; 2],
    /// By which is drawn what both worlds have.
    pub(super) dice: Dice,
    turn: u64,
    /// From here on there may be places that the observer does not see.
    pub(super) secret: Seq,
    /// Neither leaves nor is removed.
    pub(super) keeper: Who,
    /// The keeper has said something that the observer does not see.
    pub(super) has_secrets: bool,
    pub(super) counts: Counts,
}

impl Pair {
    pub(super) fn open(seed: u64, past: Past, leak: Option<Leak>) -> Step<Pair> {
        let mut dice = Dice::new(seed);
        let observer = dice.pick(&OBSERVERS).must("nobody observes")?;
        let handles = dice.chance(300);
        let conversation = ConversationId(Ids::new(seed ^ 0xc0).next(MORNING));
        let side = |number: u64| {
            let server = Arc::new(InProcessServer::open(MORNING, leak)?);
            let cast = Cast::arrange(&server, observer, handles)?;
            Ok(Side {
                server,
                cast,
                conversation,
                scene: Scene::default(),
                dice: Dice::new(seed.wrapping_mul(2) ^ number << 40),
                common: Ids::new(seed),
                apart: Ids::new(seed ^ (number + 1) << 56),
                alike: Ids::new(seed ^ 0xa1 << 48),
                turn: seed.rotate_left(40) ^ (number + 1) << 60,
                commands: Vec::new(),
                observer,
                devices: Vec::new(),
                tokens: Tokens::default(),
                files: Vec::new(),
                files_alike: Vec::new(),
            })
        };
        let mut pair = Pair {
            seed,
            past,
            observer,
            sides: [side(0)?, side(1)?],
            dice,
            turn: 0,
            secret: Seq(u64::MAX),
            keeper: ANNA,
            has_secrets: false,
            counts: Counts::default(),
        };
        pair.counts.one("histories");
        pair.both(|side| {
            let code = side.cast.invitation(observer)?;
            side.devices
                .push(ObserverDevice::new(&side.server, seed, With::Invitation(code))?);
            Ok(())
        })?;
        // Another that is away for most of the time.
        pair.both(|side| {
            let login = Cast::login(observer);
            side.devices
                .push(ObserverDevice::new(&side.server, seed + 1, With::Login(login))?);
            Ok(())
        })?;
        for place in 0..2 {
            pair.both(|side| side.devices[place].connect())?;
        }
        Ok(pair)
    }

    /// Both worlds go on to the same moment.
    pub(super) fn pass(&mut self, time: i64) {
        let at = self.sides[0].now().max(self.sides[1].now()).plus(time);
        self.turn += 1;
        self.counts.one("turns");
        let seed = self.seed.rotate_left(20) ^ self.turn;
        for side in &self.sides {
            side.server.turn(at, seed);
        }
    }

    /// A turn: the same is done in both worlds, and the observer receives the same from both.
    pub(super) fn both(&mut self, mut act: impl FnMut(&mut Side) -> Step) -> Step {
        let longer = i64::try_from(self.dice.below(LONGER)).unwrap_or_default();
        self.pass(TURN + longer);
        for side in &mut self.sides {
            act(side)?;
        }
        self.settle()
    }

    /// Somebody other than the observer does the same in both.
    pub(super) fn act(&mut self, who: Who, mut action: impl FnMut(&mut Side) -> Action) -> Step {
        self.both(|side| {
            let action = action(side);
            side.act(who, true, action)
        })
    }

    /// The observer's devices receive what there is, and both worlds sent the same.
    pub(super) fn settle(&mut self) -> Step {
        let mut heard = Ok(());
        for side in &mut self.sides {
            for device in side.devices.iter_mut().filter(|device| device.is_online()) {
                heard = heard.and(device.listen());
            }
            side.see()?;
        }
        let secrets = self.secrets();
        let [one, other] = &self.sides;
        if one.scene.head != other.scene.head || one.scene.last != other.scene.last {
            return broken("a history cannot be played: what may be known stands otherwise in its worlds");
        }
        let (one, other) = (one.server.received(), other.server.received());
        self.counts.add("answers and frames compared", one.len() as u64);
        for (one, other) in one.iter().zip(&other) {
            secrets.same(one, other)?;
        }
        if one.len() != other.len() {
            let (one, other) = (one.len(), other.len());
            return broken(format!(
                "the observer receives {one} frames in one world, {other} in the other"
            ));
        }
        heard
    }

    /// The devices that are on hold and show the same.
    pub(super) fn look(&mut self) -> Step {
        let sights = self.sights();
        let devices = self.sides[0].devices.iter();
        let on: Vec<bool> = devices.map(ObserverDevice::is_online).collect();
        for place in (0..on.len()).filter(|place| on[*place]) {
            let [one, other] = &self.sides;
            let (one, other) = (sights.of(&one.devices[place])?, sights.of(&other.devices[place])?);
            self.counts.add("things on a device compared", one.len() as u64);
            if let Some(what) = differs(&one, &other) {
                return broken(format!("device {place} of the observer differs: {what}"));
            }
        }
        // Requests that the comparison itself made of the server.
        self.settle()
    }

    fn sights(&self) -> Sights {
        let names = ["", "zeno"].map(str::to_owned);
        Sights {
            conversation: self.sides[0].conversation,
            secret: self.secret,
            acting: self.sides[0].member(self.observer),
            items: self.items(),
            queries: names.into(),
        }
    }

    pub(super) fn items(&self) -> Vec<ItemId> {
        let items = &self.sides[0].cast.fixture.items;
        items.iter().map(|(item, _)| *item).collect()
    }

    /// The parts of the conversation that the observer does not see, at any moment.
    pub(super) fn secrets(&self) -> Secrets {
        let side = &self.sides[0];
        let observer = side.member(self.observer);
        let all = (1..=side.scene.last.0).map(Seq);
        let unseen = all.filter(|number| !side.scene.sees(observer, *number));
        Secrets {
            conversation: side.conversation,
            first: self.secret,
            unseen: unseen.collect::<BTreeSet<_>>(),
        }
    }

    pub(super) fn is_in(&self) -> bool {
        self.sides[0].takes_part(self.observer)
    }

    /// Those who take part, but for the observer.
    pub(super) fn others(&self) -> Step<Vec<Who>> {
        let side = &self.sides[0];
        let all = side.scene.participants().iter();
        let others: Step<Vec<Who>> = all.map(|member| side.cast.who(*member)).collect();
        Ok(others?.into_iter().filter(|who| *who != self.observer).collect())
    }

    pub(super) fn owner(&self) -> Step<Option<Who>> {
        let side = &self.sides[0];
        let owner = side.scene.owner();
        owner.map(|member| side.cast.who(member)).transpose()
    }

    /// Places where both worlds have a message; as each has it.
    pub(super) fn messages(&self) -> Vec<(Seq, [MessageId; 2])> {
        let [one, other] = &self.sides;
        let all = one.scene.messages.iter();
        let pairs = all.filter_map(|said| {
            let same = other.scene.message_at(said.number)?;
            Some((said.number, [said.id, same.id]))
        });
        pairs.collect()
    }

    /// Whether someone sees a place in both.
    pub(super) fn sees(&self, who: Who, number: Seq) -> bool {
        let member = self.sides[0].member(who);
        self.sides.iter().all(|side| side.scene.sees(member, number))
    }

    /// A text that both have; `mentioned` stands in it.
    pub(super) fn text(&mut self, mentioned: &[Who]) -> MessageText {
        let members = mentioned.iter().map(|who| self.sides[0].member(*who)).collect();
        let items = self.items();
        text(&mut self.dice, "", members, &items)
    }
}

/// A text of some length, with an item's link now and then.
pub(super) fn text(
    dice: &mut Dice,
    mark: &str,
    mentions: Vec<conversation::MembershipId>,
    items: &[ItemId],
) -> MessageText {
    let mut body = mark.to_owned();
    for _ in 0..=dice.below(12) {
        if !body.is_empty() {
            body.push(' ');
        }
        body.push_str(dice.pick(WORDS).unwrap_or_default());
    }
    for _ in &mentions {
        body.push(' ');
        body.push(MENTION);
    }
    if dice.chance(150)
        && let Some(item) = dice.pick(items)
    {
        body.push_str(&format!(" {ITEM_LINK}{item}"));
    }
    if dice.chance(100) {
        body.push_str("\n\n*nog iets*");
    }
    MessageText { body, mentions }
}
