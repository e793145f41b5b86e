//! The stories of participants, teams and items, in the real window: one of the demo's people uses it, the
//! people they talk with have engines of their own elsewhere, and the operator changes their rights.
//!
//! * [`STORIES`]: all of them, each in a file of its own. To add another, write `play` in a file beside the others and
//!   add its line; `window --only <name>` runs it alone.
//! * [`story_session`]: the desktop session, the network cable, the server and the colleagues, shared by all.
//!
//! A story has conversations of its own, and restores what it had the operator take away: none depends on
//! another having run. It continues when something is visible, in the window or by a colleague's engine,
//! never after a time.

mod cover;
mod display_names;
mod files;
mod hand_over;
mod hostile_files;
mod indicators;
mod infected;
mod item;
mod keyboard;
mod many_messages;
mod markup;
mod memberships;
mod mention;
mod namesake;
mod on_disk;
mod paste;
mod policy;
mod program;
mod quiet;
mod refused;
mod search;
mod search_reach;
mod story_session;
mod team;
mod trial;
pub mod trouble;
mod upload;
mod urgent;

use futures_util::future::LocalBoxFuture;

pub use story_session::{Scene, SignedInApp, StorySession};

#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// Also of the folder with its pictures.
    pub name: &'static str,
    pub summary: &'static str,
    /// The user of the window, with language and theme.
    pub who: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    pub play: Play,
}

type Play = for<'a> fn(&'a Scene<'a>) -> LocalBoxFuture<'a, anyhow::Result<()>>;

/// Run in a desktop session with a window manager, a tray and notifications.
pub const DESKTOP: &[Story] = &[
    Story {
        name: "indicators",
        summary: "tray, badge, title and notifications while the window is hidden",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(indicators::play(scene)),
    },
    Story {
        name: "quiet",
        summary: "quiet hours that end while nothing else happens, and a conversation muted elsewhere",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(quiet::play(scene)),
    },
    Story {
        name: "urgent",
        summary: "an urgent message is written, and heard through quiet hours and in a muted conversation",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(urgent::play(scene)),
    },
    Story {
        name: "keyboard",
        summary: "text typed, pasted and sent without a pause between the keys",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(keyboard::play(scene)),
    },
    Story {
        name: "paste",
        summary: "a picture and a letter are pasted; a part of the picture is cropped, and one covered",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(paste::play(scene)),
    },
    Story {
        name: "policy",
        summary: "the organisation decides how much a notification says, and leaves it to the user again",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(policy::play(scene)),
    },
    // At its end the window is closed for good: another person follows.
    Story {
        name: "program",
        summary: "the program is left open, shown by shortcut, put into side mode, ended and restarted",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(program::play(scene)),
    },
    Story {
        name: "trial",
        summary: "a notification on trial, its sound, and what holds it back; a sound with the window hidden",
        who: "Joost",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(trial::play(scene)),
    },
    // At its end the window is closed for good, too.
    Story {
        name: "upload",
        summary: "a large file is cancelled under way, and another goes on after the program was killed",
        who: "Joost",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(upload::play(scene)),
    },
];

/// In the order in which they run: those of one person follow each other, in the same window.
pub const STORIES: &[Story] = &[
    Story {
        name: "item",
        summary: "a conversation about an item, with the right to analyse it and without",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(item::play(scene)),
    },
    Story {
        name: "mention",
        summary: "a mention adds a person, if the writer may add them",
        who: "Anna",
        language: "en",
        theme: "light",
        play: |scene| Box::pin(mention::play(scene)),
    },
    Story {
        name: "refused",
        summary: "the server refuses to add somebody, in a sentence, and the text is kept",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(refused::play(scene)),
    },
    Story {
        name: "files",
        summary: "a photo and a letter are dropped, covered, sent, taken back, and shown without a network",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(files::play(scene)),
    },
    Story {
        name: "infected",
        summary: "a virus scanner finds something in a file, and the rest is kept and sent",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(infected::play(scene)),
    },
    Story {
        name: "markup",
        summary: "a thousand names and texts with a script in them are shown as they are written",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(markup::play(scene)),
    },
    Story {
        name: "hostile-files",
        summary: "files of sixty kinds that run something are refused under any name",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(hostile_files::play(scene)),
    },
    Story {
        name: "display-names",
        summary: "colleagues whose names have a script in them are shown as they are written",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(display_names::play(scene)),
    },
    Story {
        name: "search",
        summary: "messages are found as one types, and opened in the middle of a long conversation",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(search::play(scene)),
    },
    Story {
        name: "search-reach",
        summary: "a new device searches before all is there, and says how far the search reaches",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(search_reach::play(scene)),
    },
    Story {
        name: "hand-over",
        summary: "the owner hands over to another member, with and without leaving",
        who: "Anna",
        language: "en",
        theme: "dark",
        play: |scene| Box::pin(hand_over::play(scene)),
    },
    Story {
        name: "cover",
        summary: "a colleague is away, and the one who covers is chosen with one click",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(cover::play(scene)),
    },
    Story {
        name: "namesake",
        summary: "of three colleagues who are called the same the one who is meant is asked",
        who: "Anna",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(namesake::play(scene)),
    },
    Story {
        name: "team",
        summary: "a team takes part, and its members change",
        who: "Anna",
        language: "nl",
        theme: "dark",
        play: |scene| Box::pin(team::play(scene)),
    },
    Story {
        name: "memberships",
        summary: "a person with two memberships chooses the one to act with",
        who: "Ineke",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(memberships::play(scene)),
    },
    // At its end the window is closed for good.
    Story {
        name: "on-disk",
        summary: "no word and no picture that the window shows is in a file of the program",
        who: "Fatma",
        language: "nl",
        theme: "light",
        play: |scene| Box::pin(on_disk::play(scene)),
    },
];
