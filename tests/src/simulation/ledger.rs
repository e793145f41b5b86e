//! The texts that people gave their devices, and the outcome of each: said once, or kept and shown, never neither and
//! never both (M7, F3).

use std::collections::BTreeMap;

use client::cache::{Cache as _, OutboxRow, OutboxState};
use conversation::{Action, Command, CommandId, ConversationId, MessageId, Seq, Timestamp};

use super::device::Device;
use super::network::Place;
use super::oracle::Oracle;
use super::ports::{Must as _, Step, broken, now};

/// A text that was given; no two are the same.
struct Given {
    device: Place,
    text: String,
    /// The ids that it was given under: another at each new attempt after a refusal.
    commands: Vec<CommandId>,
    message: Option<MessageId>,
    /// Earlier ones that waited then, in what the device took for another conversation: a start that was to become this
    /// one. Between those there is no order.
    apart: Vec<String>,
    /// It waits for files, its own or those of the message that it answers, and later texts go before it.
    waits: bool,
    /// Taken back, with its text kept.
    withdrawn: bool,
    /// When it was given, by a clock that is right.
    at: Timestamp,
}

#[derive(Default)]
pub(super) struct Ledger {
    given: Vec<Given>,
    by_text: BTreeMap<String, usize>,
}

/// The text of a command, if it has one.
pub(super) fn text_of(row: &OutboxRow) -> Option<&str> {
    match &row.command.action {
        Action::Start {
            message: Some(message),
            ..
        }
        | Action::Post { message } => Some(&message.text.body),
        Action::Edit { text, .. } => Some(&text.body),
        _ => None,
    }
}

impl Ledger {
    /// The device said that it has taken it.
    pub(super) fn give(&mut self, place: Place, text: &str, at: Timestamp) {
        self.by_text.insert(text.to_owned(), self.given.len());
        self.given.push(Given {
            device: place,
            text: text.to_owned(),
            commands: Vec::new(),
            message: None,
            apart: Vec::new(),
            waits: false,
            withdrawn: false,
            at,
        });
    }

    /// Notes the ids under which texts stand in the outbox now; the commands that are new.
    pub(super) fn note(&mut self, device: &Device) -> Step<Vec<Command>> {
        let mut new = Vec::new();
        let rows = now(device.cache.outbox(None))?.must("the outbox")?;
        for row in &rows {
            let files = !row.command.action.attachments().is_empty();
            let answers = row.command.action.names();
            let waits = files
                || self
                    .given
                    .iter()
                    .any(|given| given.waits && given.message == answers && answers.is_some());
            let known = text_of(row).and_then(|text| self.by_text.get(text));
            if let Some(given) = known.and_then(|place| self.given.get_mut(*place)) {
                given.message = row.command.action.makes();
                given.waits |= waits;
                if given.commands.is_empty() {
                    let elsewhere = rows.iter().filter(|other| other.conversation != row.conversation);
                    given.apart = elsewhere.filter_map(text_of).map(str::to_owned).collect();
                }
                if !given.commands.contains(&row.command.id) {
                    given.commands.push(row.command.id);
                    new.push(row.command.clone());
                }
            }
        }
        Ok(new)
    }

    /// A text was taken back: from now on it must not be said.
    pub(super) fn withdraw(&mut self, text: &str) {
        if let Some(given) = self
            .by_text
            .get(text)
            .and_then(|place| self.given.get_mut(*place))
        {
            given.withdrawn = true;
        }
    }

    /// In the end, before what was refused is taken back: every text was said once, or is kept.
    pub(super) fn settle(&self, devices: &[Device], oracle: &mut Oracle) -> Step {
        let mut kept: Vec<BTreeMap<String, Kept>> = Vec::new();
        for device in devices {
            kept.push(kept_by(device)?);
        }
        for given in &self.given {
            oracle.checks += 1;
            let device = &devices[given.device];
            let person = device.person.id;
            let places: Vec<(ConversationId, Seq)> = given
                .commands
                .iter()
                .filter_map(|command| oracle.marks.get(&(person, *command)).copied())
                .collect();
            let what = || {
                let command = given
                    .commands
                    .first()
                    .map(|command| oracle.names.of("command", command.0));
                let who = oracle.names.of("person", person.0);
                let command = command.unwrap_or_else(|| "a command without a row".to_owned());
                format!("{command}, given to device {} of {who},", given.device)
            };
            match (places.as_slice(), kept[given.device].get(&given.text)) {
                ([], None) if given.withdrawn => {}
                ([], None) => return broken(format!("{} is lost: not said, and not kept", what())),
                ([], Some(Kept::Waiting(state))) => {
                    return broken(format!("{} is never sent: it is still {state}", what()));
                }
                ([], Some(Kept::Refused | Kept::Recovered { .. }))
                | ([_], Some(Kept::Recovered { perhaps: true })) => {}
                ([_], _) if given.withdrawn => {
                    return broken(format!("{} was said, though it was taken back", what()));
                }
                ([_], None) => {}
                ([_], Some(Kept::Refused)) => {
                    return broken(format!("{} was said, and is shown as refused", what()));
                }
                ([_], Some(Kept::Recovered { .. })) => {
                    return broken(format!("{} was said, and is kept as surely unsent", what()));
                }
                ([_], Some(Kept::Waiting(state))) => {
                    return broken(format!("{} was said, and is still {state}", what()));
                }
                (_, _) => return broken(format!("{} was said {} times", what(), places.len())),
            }
        }
        self.when_written(oracle)?;
        self.in_order(oracle)
    }

    /// A message that waited says when it was written, by the server's time, independent of its device's
    /// clock (M7).
    fn when_written(&self, oracle: &Oracle) -> Step {
        let given: BTreeMap<MessageId, &Given> = self
            .given
            .iter()
            .filter_map(|given| Some((given.message?, given)))
            .collect();
        for log in oracle.logs.values() {
            for event in &log.events {
                let conversation::Kind::Posted {
                    message, written_at, ..
                } = event.header.kind
                else {
                    continue;
                };
                let (Some(given), Some(written)) = (given.get(&message), written_at) else {
                    continue;
                };
                // It may have been under way for long, which is not counted as waiting.
                if written < given.at || event.header.at < written {
                    let name = oracle.names.of("command", given.commands[0].0);
                    let early = given.at.since(written) / Timestamp::MINUTE;
                    return broken(format!(
                        "{name} says that it was written {early} minutes before it was given"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Nobody is asked about what was given a while ago, and not a day (M7).
    pub(super) fn is_asked_in_time(&self, row: &OutboxRow, now: Timestamp) -> Step {
        let given = text_of(row).and_then(|text| self.by_text.get(text));
        let Some(given) = given.and_then(|place| self.given.get(*place)) else {
            return Ok(());
        };
        let waited = now.since(given.at);
        if waited > Timestamp::DAY {
            return Ok(());
        }
        let minutes = waited / Timestamp::MINUTE;
        broken(format!("a text asks whether it is to go after {minutes} minutes"))
    }

    /// The messages of one device stand in each conversation in the order in which it gave them.
    fn in_order(&self, oracle: &Oracle) -> Step {
        let mut messages: BTreeMap<MessageId, (ConversationId, Seq)> = BTreeMap::new();
        for (id, log) in &oracle.logs {
            for (place, event) in log.events.iter().enumerate() {
                if let conversation::Kind::Posted { message, .. } = event.header.kind {
                    let number = Seq(place as u64 + 1);
                    if messages.insert(message, (*id, number)).is_some() {
                        let name = oracle.names.of("c", id.0);
                        return broken(format!("the message at {number} of {name} stands there twice"));
                    }
                }
            }
        }
        // A message that was refused and tried again went out later, as its writer wished.
        let once = |given: &&Given| given.commands.len() == 1;
        let placed: Vec<(&Given, (ConversationId, Seq))> = self
            .given
            .iter()
            .filter(once)
            .filter_map(|given| Some((given, *messages.get(&given.message?)?)))
            .collect();
        for (place, (given, (id, number))) in placed.iter().enumerate() {
            let overtaken = placed[..place].iter().find(|(earlier, (other, before))| {
                let together = earlier.device == given.device && other == id;
                together && !earlier.waits && before > number && !given.apart.contains(&earlier.text)
            });
            if let Some((earlier, (_, before))) = overtaken {
                let name = oracle.names.of("c", id.0);
                let [one, other] =
                    [earlier, given].map(|given| oracle.names.of("command", given.commands[0].0));
                let device = given.device;
                return broken(format!(
                    "in {name}, {one} stands at {before} and {other} at {number}, though device {device} was given them \
                     in that order"
                ));
            }
        }
        Ok(())
    }
}

/// How a device keeps a text that was not said, as far as it knows.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Waiting(&'static str),
    Refused,
    Recovered { perhaps: bool },
}

fn kept_by(device: &Device) -> Step<BTreeMap<String, Kept>> {
    let mut kept = BTreeMap::new();
    for row in now(device.cache.recovered())?.must("the recovered texts")? {
        let perhaps = row.perhaps_sent;
        kept.insert(row.text.body, Kept::Recovered { perhaps });
    }
    for row in now(device.cache.outbox(None))?.must("the outbox")? {
        let how = match row.state {
            OutboxState::Refused { .. } => Kept::Refused,
            OutboxState::Waiting => Kept::Waiting("waiting"),
            OutboxState::Sending => Kept::Waiting("being sent"),
            OutboxState::Held => Kept::Waiting("held"),
            OutboxState::Stale => Kept::Waiting("stale"),
            OutboxState::Accepted { .. } => Kept::Waiting("accepted without its event"),
        };
        if let Some(text) = text_of(&row) {
            kept.insert(text.to_owned(), how);
        }
    }
    Ok(kept)
}
