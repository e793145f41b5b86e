//! The commits of the store in their order, for the [`Hub`](super::hub::Hub) of one server.
//!
//! ```text
//!   commits of this process ─► push ──────┐
//!                                         ├─► take_next ─► Commit: published to whom it concerns
//!   the store's end, where it is read ─► stands_at ┘       └► Beyond: all who follow come back and read the store
//! ```
//!
//! * A commit leads from one [`Watermark`] to the next, and holds what can be read from the store between the two. So it
//!   is the same whether this process hands over what it has, or reads what another server appended.
//! * A commit that does not begin where the one before ended proves that something was missed. It is not published: the
//!   feed says how far the store is, and those who follow catch up from there, each by their own resume token.
//!
//! Today only this process appends, so there is this one queue, and no trait. A server among several adds to it what it
//! hears of the others: their commits, read by watermark, or only how far they are.

use std::collections::VecDeque;

use crate::core::write::committed::Committed;
use crate::store::Watermark;

#[derive(Debug)]
pub struct CommitFeed {
    /// Everything up to here was handed over.
    followed: Watermark,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
enum Waiting {
    Commit(Box<Committed>),
    StandsAt(Watermark),
}

/// The next item of the feed.
#[derive(Debug)]
pub enum Next {
    /// Begins where the one before ended.
    Commit(Box<Committed>),
    /// The store is this far, and what lies between is to be read there.
    Beyond(Watermark),
}

impl CommitFeed {
    /// Hands over what comes after a watermark.
    pub fn after(mark: Watermark) -> CommitFeed {
        CommitFeed {
            followed: mark,
            waiting: VecDeque::new(),
        }
    }

    /// A commit that is at hand.
    pub fn push(&mut self, committed: Committed) {
        self.waiting.push_back(Waiting::Commit(Box::new(committed)));
    }

    /// The store is this far, by whatever came there.
    pub fn stands_at(&mut self, mark: Watermark) {
        self.waiting.push_back(Waiting::StandsAt(mark));
    }

    pub fn take_next(&mut self) -> Option<Next> {
        loop {
            let (next, mark) = match self.waiting.pop_front()? {
                Waiting::StandsAt(mark) if mark == self.followed => continue,
                Waiting::StandsAt(mark) => (Next::Beyond(mark), mark),
                Waiting::Commit(committed) => {
                    let mark = committed.mark;
                    if committed.since == self.followed {
                        (Next::Commit(committed), mark)
                    } else {
                        (Next::Beyond(mark), mark)
                    }
                }
            };
            self.followed = mark;
            return Some(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u64) -> Watermark {
        Watermark {
            offset,
            ..Watermark::default()
        }
    }

    fn commit(since: u64, mark: u64) -> Committed {
        Committed {
            since: at(since),
            mark: at(mark),
            ..Committed::default()
        }
    }

    /// The offset of what comes next; negative where it is to be read from the store.
    fn all(feed: &mut CommitFeed) -> Vec<i64> {
        let next = std::iter::from_fn(|| feed.take_next());
        next.map(|next| match next {
            Next::Commit(committed) => i64::try_from(committed.mark.offset).unwrap(),
            Next::Beyond(mark) => -i64::try_from(mark.offset).unwrap(),
        })
        .collect()
    }

    // M7
    #[test]
    fn commits_are_handed_over_in_their_order_and_what_was_missed_is_read_from_the_store() {
        let mut feed = CommitFeed::after(at(5));
        feed.push(commit(5, 7));
        // Without events, as of cards or of an account.
        feed.push(commit(7, 7));
        feed.push(commit(7, 8));
        assert_eq!(all(&mut feed), [7, 7, 8]);
        // Another server appended 9 and 10.
        feed.push(commit(10, 11));
        feed.push(commit(11, 12));
        assert_eq!(all(&mut feed), [-11, 12]);
        // The store was read, and is as far as is known, then further.
        feed.stands_at(at(12));
        feed.stands_at(at(14));
        feed.push(commit(14, 15));
        assert_eq!(all(&mut feed), [-14, 15]);
        assert_eq!(all(&mut feed), Vec::<i64>::new());
    }
}
