//! BS6, non-interference: two worlds that differ only in the messages from before someone joined give that
//! person the same answers from every endpoint, and the same cache.
//!
//! A history is played twice, side by side ([`pair`]). Its people's actions while the observer is there, and
//! the history shared with them later, are the same in both worlds ([`shared_actions`]). Each world draws its
//! own actions for the time when the observer is not there ([`unseen_actions`]): other texts of other
//! lengths, by others, with other mentions, links and quotes; other messages edited and deleted, then and
//! later; other people who came and went, strangers to the observer among them; other reads. Alike are the
//! number of places, and everything that a person who joins may know: who takes part, owner, teams, subject,
//! and whether it is archived. The observer comes in every way there is, and comes back, too
//! ([`join_leave_paths`]).
//!
//! Everything that the observer receives is compared with the other world, byte for byte except commitments
//! to what they do not see ([`redactions`]): answers of every route of the router's own table ([`probes`]),
//! to commands that name secrets ([`asks`]), to requests for hidden files ([`files`]), frames of streams, their sizes and how they come together; and
//! the data and views of their devices ([`sight`]).
//!
//! Both servers are the real one over a store in memory, called through its router ([`in_process_server`]),
//! at the same moments and with the same random numbers for the actions of both. Leaks are planted
//! ([`leaks`]) to prove that each would be found.
//!
//! Three consequences of earlier events are no leak, and are kept alike: a person who stays apart is not
//! brought back by a team (O4), so people of teams come and go by their teams alone; how far others have read
//! the messages that the observer sees is theirs to know (M9); and the ids of messages are taken for ever
//! ([`asks`]).

mod asks;
mod cast;
mod files;
mod in_process_server;
mod join_leave_paths;
pub(super) mod leaks;
mod observer_device;
mod pair;
mod probes;
mod redactions;
mod scene;
mod screen;
mod shared_actions;
mod side;
mod sight;
mod unseen_actions;
mod wire;

pub use leaks::Leak;

use super::counts::Counts;
use super::ports::Broken;
use pair::Pair;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Direct,
    Group,
    Item,
}

/// How the observer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Named,
    Mentioned,
    /// Named, and shown some of what was said before.
    Shared,
    /// Their team is chosen.
    ByTeam,
    /// They come into a team that takes part.
    IntoTeam,
    /// The other writes again.
    Answered,
}

/// The observer's relation to the conversation before they come.
#[derive(Clone, Copy, Debug)]
struct Past {
    of: Of,
    /// At first; then they went, and what happens until they come back is secret.
    was_there: bool,
    came: Came,
}

const PASTS: &[(Of, bool, Came)] = &[
    (Of::Group, false, Came::Named),
    (Of::Group, false, Came::Mentioned),
    (Of::Group, false, Came::Shared),
    (Of::Group, false, Came::ByTeam),
    (Of::Group, false, Came::IntoTeam),
    (Of::Group, true, Came::Named),
    (Of::Group, true, Came::Mentioned),
    (Of::Group, true, Came::Shared),
    (Of::Group, true, Came::IntoTeam),
    (Of::Item, false, Came::Named),
    (Of::Item, false, Came::Mentioned),
    (Of::Item, false, Came::ByTeam),
    (Of::Item, false, Came::IntoTeam),
    (Of::Item, true, Came::Named),
    (Of::Item, true, Came::Mentioned),
    (Of::Item, true, Came::IntoTeam),
    (Of::Direct, true, Came::Answered),
];

/// One history in both its worlds; what was broken, if anything.
pub fn secret_history(seed: u64, leak: Option<Leak>) -> (Counts, Option<Broken>) {
    let place = usize::try_from(seed).unwrap_or_default() % PASTS.len();
    let (of, was_there, came) = PASTS[place];
    let past = Past { of, was_there, came };
    match Pair::open(seed, past, leak) {
        Err(what) => (Counts::default(), Some(what)),
        Ok(mut pair) => {
            let ended = pair.play();
            (pair.counts, ended.err())
        }
    }
}
