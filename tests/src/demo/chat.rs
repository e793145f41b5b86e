//! Real chat for the demo, the benchmarks and the simulation: read at run time from `../shared/data/chat`, never copied.
//!
//! From "A Large-Scale Corpus for Conversation Disentanglement" (J. K. Kummerfeld and others, ACL 2019): one day of one
//! channel a log, a good stand-in for one conversation. Its ten most talkative people become the participants; what
//! others said is left out, and so is a quote of theirs.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;
use conversation::text::clean;
use conversation::{MessageText, Timestamp};
use flate2::read::GzDecoder;
use serde::Deserialize;

/// Those of a log who take part.
pub const TALKERS: usize = 10;

/// The path of the corpus, beside the project.
pub const CORPUS: &str = "../shared/data/chat/ubuntu-irc.jsonl.gz";

/// One day of one channel.
#[derive(Debug)]
pub struct Log {
    /// The subject that the conversation gets.
    pub name: String,
    pub messages: Vec<Said>,
}

#[derive(Debug)]
pub struct Said {
    /// Which of the ten, the most talkative first.
    pub talker: usize,
    pub at: Timestamp,
    pub text: String,
    /// The place of the message in [`Log::messages`] that this one answers.
    pub reply_to: Option<usize>,
}

#[derive(Deserialize)]
struct Line {
    log: String,
    line: u64,
    time: String,
    nick: String,
    text: String,
    reply_to: Option<u64>,
}

/// The `most` logs with the most messages, in the order of their days; `None` where there is no corpus.
pub fn read(corpus: &Path, most: usize) -> anyhow::Result<Option<Vec<Log>>> {
    let Ok(file) = File::open(corpus) else {
        return Ok(None);
    };
    let mut logs: Vec<Vec<Line>> = Vec::new();
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let line: Line = serde_json::from_str(&line?).context("a line of the chat corpus cannot be read")?;
        match logs.last_mut() {
            Some(log) if log[0].log == line.log => log.push(line),
            _ => logs.push(vec![line]),
        }
    }
    let mut logs: Vec<Log> = logs.into_iter().map(log).collect::<anyhow::Result<_>>()?;
    logs.sort_by_key(|log| std::cmp::Reverse(log.messages.len()));
    logs.truncate(most);
    logs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(logs))
}

fn log(lines: Vec<Line>) -> anyhow::Result<Log> {
    let name = lines[0].log.clone();
    let midnight = day(&name).with_context(|| format!("the log {name} does not begin with a date"))?;
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for line in &lines {
        *counts.entry(&line.nick).or_default() += 1;
    }
    let mut talkers: Vec<(&str, usize)> = counts.into_iter().collect();
    talkers.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let talkers: HashMap<String, usize> = talkers
        .iter()
        .take(TALKERS)
        .enumerate()
        .map(|(rank, (nick, _))| ((*nick).to_owned(), rank))
        .collect();

    let mut places: HashMap<u64, usize> = HashMap::new();
    let mut messages: Vec<Said> = Vec::new();
    let (mut days, mut before) = (0, 0);
    for line in lines {
        let minute = minute(&line.time).with_context(|| format!("the log {name} has a time that is none"))?;
        // The times say only hours and minutes: going back means that midnight passed.
        if minute + 60 < before {
            days += 1;
        }
        before = minute;
        let text = clean(&line.text);
        let Some(&talker) = talkers.get(&line.nick) else {
            continue;
        };
        if MessageText::from(text.as_str()).check().is_err() {
            continue;
        }
        places.insert(line.line, messages.len());
        let at = Timestamp(midnight + days * Timestamp::DAY + minute * Timestamp::MINUTE);
        let at = messages.last().map_or(at, |last| at.max(last.at));
        let reply_to = line.reply_to.and_then(|line| places.get(&line).copied());
        messages.push(Said {
            talker,
            at,
            text,
            reply_to,
        });
    }
    Ok(Log { name, messages })
}

/// Midnight of the day that a name like `2004-11-15_03` begins with.
fn day(name: &str) -> Option<i64> {
    let date = chrono::NaiveDate::parse_from_str(name.get(..10)?, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

fn minute(time: &str) -> Option<i64> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_becomes_a_conversation_of_its_ten_most_talkative_people() {
        let line = |line, time: &str, nick: &str, text: &str, reply_to| Line {
            log: "2004-11-15_03".into(),
            line,
            time: time.into(),
            nick: nick.into(),
            text: text.into(),
            reply_to,
        };
        let mut lines = vec![
            line(0, "23:58", "trey", "hallo", None),
            line(1, "00:01", "matt", "dag\u{3} \u{2}allemaal", Some(0)),
            line(2, "00:02", "trey", "", Some(1)),
        ];
        for other in 0..11 {
            lines.push(line(
                3 + other,
                "00:03",
                &format!("z{other:02}"),
                "ik ook",
                Some(1),
            ));
        }
        let log = log(lines).unwrap();
        assert_eq!(log.messages.len(), 10);
        assert_eq!(
            (log.messages[1].text.as_str(), log.messages[1].reply_to),
            ("dag allemaal", Some(0))
        );
        assert_eq!(
            log.messages[1].at.since(log.messages[0].at),
            3 * Timestamp::MINUTE
        );
        let talkers: std::collections::BTreeSet<usize> =
            log.messages.iter().map(|said| said.talker).collect();
        assert!(talkers.iter().all(|talker| *talker < TALKERS));
    }
}
