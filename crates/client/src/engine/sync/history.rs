//! The decisions of fetching what a stream left out, without input or output.

use conversation::{ConversationId, Seq, SeqRange};
use protocol::error::ErrorCode;
use protocol::sync::{HistoryAnswer, Hole};

use crate::ports::Failure;

/// The ranges that are still to be asked for, one after the other.
#[derive(Debug)]
pub struct HistoryRequests {
    /// The next is the last of them.
    left: Vec<Hole>,
}

/// The action that an answer calls for.
#[derive(Debug)]
pub enum Received {
    Apply(ConversationId, HistoryAnswer),
    /// Nothing, and on to the next range.
    Nothing,
    /// A single event is larger than this device takes.
    LeftOut,
    /// The rest is asked for again after a pause.
    Failed(Failure),
}

impl HistoryRequests {
    /// In the order of the holes.
    pub fn of(holes: impl IntoIterator<Item = Hole>) -> HistoryRequests {
        let mut left: Vec<Hole> = holes.into_iter().collect();
        left.reverse();
        HistoryRequests { left }
    }

    pub fn next_range(&mut self) -> Option<Hole> {
        self.left.pop()
    }

    /// The answer to a range that [`HistoryRequests::next_range`] gave.
    pub fn received(&mut self, asked: Hole, answer: Result<HistoryAnswer, Failure>) -> Received {
        let Hole { conversation, range } = asked;
        let answer = match answer {
            Ok(answer) => answer,
            // No longer the user's: the stream reports it.
            Err(Failure::Server {
                code: ErrorCode::NotFound,
                ..
            }) => {
                self.left.retain(|hole| hole.conversation != conversation);
                return Received::Nothing;
            }
            // More than this device takes: in halves, and a single event that is too large is left out.
            Err(Failure::TooLarge) => {
                let Some(halves) = halves(range) else {
                    return Received::LeftOut;
                };
                self.ask(conversation, halves);
                return Received::Nothing;
            }
            Err(failure) => return Received::Failed(failure),
        };
        let Ok((last, _)) = protocol::wire::follow(answer.from, answer.previous, &answer.items) else {
            return Received::Failed(Failure::Malformed);
        };
        if last < answer.from {
            // Nothing of it is there.
            return Received::Nothing;
        }
        // An answer gives the end of a range: what is before it is asked for next.
        let before = answer.from.0.checked_sub(1).map(Seq);
        let before = before.and_then(|before| SeqRange::new(range.from, before.min(range.to)));
        let after = SeqRange::new(last.next(), range.to);
        self.ask(conversation, before.into_iter().chain(after));
        Received::Apply(conversation, answer)
    }

    /// The last of these comes next.
    fn ask(&mut self, conversation: ConversationId, ranges: impl IntoIterator<Item = SeqRange>) {
        let holes = ranges.into_iter().map(|range| Hole { conversation, range });
        self.left.extend(holes);
    }
}

/// The earlier half and the later; `None` of a single place.
fn halves(range: SeqRange) -> Option<[SeqRange; 2]> {
    let middle = Seq(range.from.0 + (range.to.0 - range.from.0) / 2);
    let earlier = SeqRange::new(range.from, middle)?;
    let later = SeqRange::new(middle.next(), range.to)?;
    Some([earlier, later])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_is_too_large_is_asked_for_in_halves_down_to_one_event() {
        let range = |from, to| SeqRange::new(Seq(from), Seq(to)).unwrap();
        assert_eq!(halves(range(4, 9)), Some([range(4, 6), range(7, 9)]));
        assert_eq!(halves(range(4, 5)), Some([range(4, 4), range(5, 5)]));
        assert_eq!(halves(range(4, 4)), None);
    }

    // F3, P5
    #[test]
    fn nothing_more_is_asked_of_a_conversation_that_is_not_there_and_all_else_is() {
        let conversation = |n| ConversationId(uuid::Uuid::from_u128(n));
        let hole = |of, from, to| Hole {
            conversation: conversation(of),
            range: SeqRange::new(Seq(from), Seq(to)).unwrap(),
        };
        let mut requests = HistoryRequests::of([hole(1, 1, 8), hole(1, 20, 30), hole(2, 1, 1)]);
        let first = requests.next_range().unwrap();
        assert_eq!(first, hole(1, 1, 8));
        // In halves first, and then it is gone.
        assert!(matches!(
            requests.received(first, Err(Failure::TooLarge)),
            Received::Nothing
        ));
        let later = requests.next_range().unwrap();
        assert_eq!(later, hole(1, 5, 8));
        let gone = Failure::Server {
            code: ErrorCode::NotFound,
            retry_after: None,
        };
        assert!(matches!(requests.received(later, Err(gone)), Received::Nothing));
        let other = requests.next_range().unwrap();
        assert_eq!(other, hole(2, 1, 1));
        assert!(matches!(
            requests.received(other, Err(Failure::TooLarge)),
            Received::LeftOut
        ));
        assert_eq!(requests.next_range(), None);
    }
}
