//! The calls a screen can make. One list makes the Rust enum and its TypeScript (`ui/src/lib/bindings/calls.ts`).

use conversation::organisation::ItemCard;
use conversation::{
    ConversationId, ItemId, MembershipId, MessageId, MessageText, Refusal, Seq, Shape, TeamId,
};
use protocol::error::ErrorCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::link::Link;
use super::shell::{ShellSettings, ShellView};
use super::view::*;
pub use crate::model::{ConversationKind, Filter, Only, Order};
use crate::model::{Obstacle, UnavailableReason};

macro_rules! calls {
    (
        $(#[$about:meta])* $calls:ident:
        $($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* } -> $answer:ty;)*
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Serialize, Deserialize, TS)]
        #[serde(tag = "call", content = "args", rename_all = "snake_case")]
        #[ts(export)]
        pub enum $calls {
            $($(#[$doc])* $name { $($field: $type),* },)*
        }

        impl $calls {
            /// The TypeScript interface of all calls: name, arguments, answer. Documented in the enum.
            pub fn typescript() -> String {
                let config = ts_rs::Config::from_env();
                let mut out = String::new();
                $(
                    out.push_str(&format!("  {}: {{ args: {{ ", snake(stringify!($name))));
                    $(out.push_str(&format!("{}: {}; ", stringify!($field), <$type as TS>::name(&config)));)*
                    out.push_str(&format!("}}; answer: {} }};\n", <$answer as TS>::name(&config)));
                )*
                out
            }
        }
    };
}

calls! {
    /// One call of the engine's; `call` names it, `args` holds its arguments.
    ApiRequest:
    Session {} -> SessionView;
    /// After the keychain was unlocked, for example.
    Reopen {} -> SessionView;
    /// F4: sets the cache that cannot be opened aside and begins anew.
    SetAside {} -> SessionView;
    /// `link` is an invitation as it was mailed: a link, or the server's address and the code.
    Invitation { server: String, code: String } -> InvitationView;
    Accept { server: String, code: String, password: String } -> SessionView;
    SignIn { server: String, login: String, password: String } -> SessionView;
    SignOut {} -> SessionView;
    SaveSettings { settings: Settings } -> Settings;
    /// What the system opened Overleg with, once (S3); `None` where there is nothing.
    TakeLink {} -> Option<Link>;
    SyncStatus {} -> SyncStatus;
    /// A stretch of the overview, of at most 500 rows.
    Overview { ask: OverviewAsk } -> Overview;
    /// What the overview can be narrowed to.
    OverviewChoices {} -> OverviewChoices;
    Conversation { conversation: ConversationId } -> ConversationView;
    /// At most `limit` (up to 200) rows: the last ones, or those around, before or after a place.
    Timeline { conversation: ConversationId, at: At, limit: u32 } -> Timeline;
    /// People whom `acting` can find; an empty query gives recent contacts.
    Find { acting: MembershipId, query: String, limit: u32 } -> Found;
    /// S1 to S3. Answers with the conversation that exists already where that is gone on with.
    Start { acting: MembershipId, shape: Shape, with: Vec<MembershipId>, teams: Vec<TeamId>, subject: Option<String>, text: Option<MessageText> } -> ConversationId;
    /// Sends the draft of a conversation, as a new message, a reply or an edit; clears the draft.
    Send { conversation: ConversationId } -> ();
    SaveDraft { conversation: ConversationId, draft: Draft } -> ();
    DeleteMessage { conversation: ConversationId, message: MessageId } -> ();
    SharePreview { conversation: ConversationId, from: Option<Seq> } -> SharePreview;
    /// `share_from` and `previewed` as of a [`SharePreview`]; `None` to show nothing earlier.
    Add { conversation: ConversationId, members: Vec<MembershipId>, teams: Vec<TeamId>, share_from: Option<Seq>, previewed: Option<Seq> } -> ();
    Remove { conversation: ConversationId, member: MembershipId } -> ();
    /// O4: with those who take part by it alone.
    RemoveTeam { conversation: ConversationId, team: TeamId } -> ();
    /// P3: of an item's conversation that one sees without taking part.
    Join { conversation: ConversationId } -> ();
    Leave { conversation: ConversationId, successor: Option<MembershipId> } -> ();
    HandOver { conversation: ConversationId, to: MembershipId } -> ();
    /// For everyone (`true`), or for oneself.
    Archive { conversation: ConversationId, everyone: bool } -> ();
    Unarchive { conversation: ConversationId, everyone: bool } -> ();
    /// A2: a group, by its owner; nobody sees it any more.
    DeleteConversation { conversation: ConversationId } -> ();
    /// P7, S3: an item and its conversations, as the server tells now; without it, as far as the device knows.
    Item { item: ItemId } -> ItemView;
    /// Those of them that one may see (M5); the others are only known to be there.
    Items { items: Vec<ItemId> } -> Vec<ItemCard>;
    /// Opens a conversation of an item that one takes no part in, until it is closed.
    Follow { conversation: ConversationId } -> ();
    Unfollow { conversation: ConversationId } -> ();
    /// The conversation that the screen shows, so that it learns who reads it (M9).
    Watch { conversation: Option<ConversationId> } -> ();
    /// How far the others have read the conversation that is watched; empty where that is not known.
    Readers { conversation: ConversationId } -> Vec<ReaderView>;
    /// The screen showed everything up to here, focused and visible.
    Read { conversation: ConversationId, number: Seq } -> ();
    /// Tries a refused message again as it is; or sends what is stale still, all of it in that conversation.
    Retry { conversation: ConversationId, message: MessageId } -> ();
    SendStale { conversation: ConversationId } -> ();
    /// Takes a message out of the outbox that the server cannot have, as `may_withdraw` says; its text goes to the draft if
    /// that is empty, else to the rescued texts.
    Withdraw { conversation: ConversationId, message: MessageId } -> ();
    /// Takes a rescued text off the list.
    DropRescued { id: MessageId } -> ();
    /// M1: what is pasted, without what may not be in a text.
    Clean { text: String } -> String;
}

calls! {
    /// One call of the desktop program's: of the window, and what the system does for it.
    ShellRequest:
    Desk {} -> ShellView;
    /// What one opens the window for is painted: the conversations, signing in, or what is wrong.
    Shown {} -> ShellView;
    SaveDesk { settings: ShellSettings } -> ShellView;
    /// The overview alone, at the edge of the screen beside another program; and back.
    SideMode { on: bool } -> ShellView;
    /// What the window does when it is closed was understood: it closes.
    CloseWindow {} -> ShellView;
    /// The window is not to be closed after all.
    StayOpen {} -> ShellView;
    /// Ends the program.
    Quit {} -> ShellView;
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// A stretch of the overview (L2): which conversations, in which order, from which place on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OverviewAsk {
    pub filter: Filter,
    pub order: Order,
    pub only: Only,
    /// Each of its words begins a word of the title or of a participant's name; case and diacritics play no part.
    pub query: String,
    pub from: u32,
    pub limit: u32,
}

/// Which stretch of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "at", rename_all = "snake_case")]
#[ts(export)]
pub enum At {
    /// The last ones, what waits to be sent included.
    End,
    /// Around the first unread message, or the end where there is none.
    Unread,
    Around {
        number: Seq,
    },
    Before {
        number: Seq,
    },
    After {
        number: Seq,
    },
}

/// Why a call did not do what was asked. The screen has a sentence for each in its catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
#[ts(export)]
pub enum ApiError {
    /// The rules do not allow it; nothing was changed, texts are kept.
    #[error("{refusal}")]
    Refused { refusal: Refusal },
    /// The server said no to the whole request.
    #[error("{code}")]
    Server { code: ErrorCode },
    #[error("the server cannot be reached")]
    Unreachable,
    /// The same, and what stands between is known.
    #[error("the server is not reached: {obstacle:?}")]
    Between { obstacle: Obstacle },
    /// The address is not one of an Overleg server.
    #[error("this is not the address of a server")]
    BadAddress,
    #[error("nobody is signed in")]
    NotSignedIn,
    #[error("the cache is not open")]
    Closed { trouble: UnavailableReason },
    /// Nothing can be kept until there is room again; what was asked was not done, and what there was stands.
    #[error("there is no room left on the disk")]
    DiskFull,
    /// The cache could not be read or written.
    #[error("the cache failed")]
    Cache,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `limits.ts`: what the rules allow at most, so that the screen counts by the same numbers.
    #[test]
    fn export_bindings_limits() {
        let Ok(folder) = std::env::var("TS_RS_EXPORT_DIR") else {
            return;
        };
        let limits = [
            (
                "Characters of a message's text, at most.",
                "LONGEST_TEXT",
                conversation::text::LONGEST_TEXT,
            ),
            (
                "Characters of a subject, at most.",
                "LONGEST_SUBJECT",
                conversation::text::LONGEST_SUBJECT,
            ),
            (
                "Characters of a password that is chosen, at least.",
                "SHORTEST_PASSWORD",
                protocol::session::SHORTEST_PASSWORD,
            ),
        ];
        let lines =
            limits.map(|(what, name, number)| format!("\n/** {what} */\nexport const {name} = {number};\n"));
        let file = format!(
            "// Generated by `cargo xtask bindings`; do not edit.\n{}",
            lines.concat()
        );
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(std::path::Path::new(&folder).join("limits.ts"), file).unwrap();
    }

    /// Writes `calls.ts` beside the types that ts-rs exports.
    #[test]
    fn export_bindings_calls() {
        let Ok(folder) = std::env::var("TS_RS_EXPORT_DIR") else {
            return;
        };
        let [engine, desk] = [ApiRequest::typescript(), ShellRequest::typescript()];
        let body = format!("{engine}{desk}");
        let mut names: Vec<&str> = body
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().next().is_some_and(char::is_uppercase) && *word != "Array")
            .collect();
        names.sort_unstable();
        names.dedup();
        let imports: String = names
            .iter()
            .map(|n| format!("import type {{ {n} }} from './{n}';\n"))
            .collect();
        let file = format!(
            "// Generated by `cargo xtask bindings`; do not edit.\n{imports}\n/** Every call of the engine's. */\nexport interface Calls {{\n{engine}}}\n\n/** Every call of the desktop program's. */\nexport interface DeskCalls {{\n{desk}}}\n"
        );
        std::fs::create_dir_all(&folder).unwrap();
        let folder = std::path::Path::new(&folder);
        std::fs::write(folder.join("calls.ts"), file).unwrap();
        std::fs::write(folder.join("matching.ts"), matching::typescript()).unwrap();
    }
}
