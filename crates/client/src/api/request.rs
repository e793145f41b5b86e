//! The requests of a screen. One list makes the Rust enum and its TypeScript (`ui/src/lib/bindings/calls.ts`).

use conversation::organisation::{Availability, AvailabilityInvalid, ItemCard};
use conversation::{
    AttachmentId, ConversationId, ItemId, MembershipId, MessageId, MessageText, Refusal, Seq, SessionId,
    Shape, TeamId,
};
use futures_util::future::BoxFuture;
use pictures::Edit;
use protocol::error::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::link::Link;
use super::shell::ShellView;
use super::view::*;
use crate::model::settings::{PolicyStatus, SettingFault};
pub use crate::model::{ConversationKind, Filter, Only, Order};
use crate::model::{Obstacle, UnavailableReason};

/// Makes the enum of the requests, its TypeScript, and a trait per layer with a method for each request. A handler that
/// is missing, or that answers with another type than declared, does not compile.
macro_rules! calls {
    (
        $(#[$about:meta])* $calls:ident:
        $($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* } -> $response:ty;)*
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
                    out.push_str(&format!("}}; answer: {} }};\n", <$response as TS>::name(&config)));
                )*
                out
            }
        }
    };
    (
        $(#[$about:meta])* $calls:ident:
        $($(#[$layer_doc:meta])* $layer:ident { $(
            $(#[$doc:meta])* $name:ident = $method:ident { $($field:ident: $type:ty),* } -> $response:ty;
        )* })*
    ) => {
        calls! {
            $(#[$about])* $calls:
            $($($(#[$doc])* $name { $($field: $type),* } -> $response;)*)*
        }

        $(
            $(#[$layer_doc])*
            pub trait $layer: Sync {
                $(
                    $(#[$doc])*
                    #[allow(clippy::too_many_arguments, reason = "a request has as many fields as it needs")]
                    fn $method(&self $(, $field: $type)*) -> impl Future<Output = Result<$response, ApiError>> + Send;
                )*
            }
        )*

        dispatch! { $calls: $($layer { $($name = $method { $($field),* })* })* }
    };
}

/// Sends each request to the layer that answers it.
macro_rules! dispatch {
    (
        $calls:ident:
        $client:ident { $($client_call:ident = $client_method:ident { $($client_field:ident),* })* }
        $engine:ident { $($engine_call:ident = $engine_method:ident { $($engine_field:ident),* })* }
    ) => {
        impl $calls {
            /// The answer as JSON. Boxed, so that the compiler can prove that the future is `Send`.
            pub(crate) fn dispatch<C: $client + WithEngine>(
                self,
                client: &C,
            ) -> BoxFuture<'_, Result<Value, ApiError>> {
                Box::pin(async move {
                    match self {
                        $($calls::$client_call { $($client_field),* } => {
                            json(client.$client_method($($client_field),*).await?)
                        })*
                        $($calls::$engine_call { $($engine_field),* } => {
                            let open = client.engine().await?;
                            json(open.api().$engine_method($($engine_field),*).await?)
                        })*
                    }
                })
            }
        }
    };
}

fn json<T: Serialize>(answer: T) -> Result<Value, ApiError> {
    serde_json::to_value(answer).map_err(|_| ApiError::Cache)
}

calls! {
    /// One request of the screen; `call` is its name, `args` are its arguments.
    ApiRequest:
    /// The requests that are answered even if no cache is open.
    ClientRequests {
        Session = session {} -> SessionView;
        /// Tries to open the cache again, for example after the keychain was unlocked.
        Reopen = reopen {} -> SessionView;
        /// F4: puts the cache that cannot be opened into quarantine, and starts with an empty one.
        Quarantine = quarantine {} -> SessionView;
        /// The link that the system opened Overleg with (S3), once; `None` if there is none.
        TakeLink = take_link {} -> Option<Link>;
        /// The settings in effect; while the cache is shut, those of the account are the defaults.
        Settings = settings {} -> Settings;
        /// Changes one setting; answers with all of them. `key` and `value` are checked against its declaration.
        SetSetting = set_setting { key: String, value: SettingValue } -> Settings;
        /// Returns one setting to its default, as if nobody had chosen a value; answers with all of them.
        ResetSetting = reset_setting { key: String } -> Settings;
        /// The policy of the organisation on this computer (N1): how many settings it decides, and how many entries are not followed.
        PolicyStatus = policy_status {} -> PolicyStatus;
    }
    /// The requests that the engine answers, from an open cache.
    EngineRequests {
        /// `server` and `code` of an invitation, as it was mailed: a link, or the server's address and the code.
        Invitation = invitation { server: String, code: String } -> InvitationView;
        Accept = accept { server: String, code: String, password: String } -> SessionView;
        SignIn = sign_in { server: String, login: String, password: String } -> SessionView;
        SignOut = sign_out {} -> SessionView;
        /// I1: changes the password; the user is signed out on all other devices.
        ChangePassword = change_password { current: String, password: String } -> ();
        /// I3: the devices on which the user is signed in, and was until lately. From the server.
        Devices = devices {} -> Devices;
        /// I3: signs one of them out, at once.
        SignOutDevice = sign_out_device { session: SessionId } -> Devices;
        SyncStatus = sync_status {} -> SyncStatus;
        /// A slice of the overview, of at most 500 rows.
        Overview = overview { ask: OverviewAsk } -> Overview;
        /// The filters that the overview offers.
        OverviewChoices = overview_choices {} -> OverviewChoices;
        Conversation = conversation { conversation: ConversationId } -> ConversationView;
        /// At most `limit` (up to 200) rows: the last ones, or those around, before or after a place.
        Timeline = timeline { conversation: ConversationId, at: At, limit: u32 } -> Timeline;
        /// L4: messages on the device; at most 200 hits.
        Search = search { ask: SearchAsk } -> SearchResult;
        /// How many of them there are, counted in parts; `limit` does not count.
        CountHits = count_hits { ask: SearchAsk } -> HitCount;
        /// Filters of a kind that complete what is typed; at most 20.
        SuggestFilters = suggest_filters { kind: FilterKind, typed: String, limit: u32 } -> Vec<Suggestion>;
        /// People whom `acting` can find; an empty query returns recent contacts.
        Find = find { acting: MembershipId, query: String, limit: u32 } -> Found;
        /// O5: when the user works and who covers, membership by membership.
        OwnAvailability = own_availability {} -> Vec<OwnAvailability>;
        /// Sets it for one membership, at the server.
        SetAvailability = set_availability { membership: MembershipId, availability: Availability } -> Vec<OwnAvailability>;
        /// O6: whether people of other organisations do not find the user by this membership. From the server.
        InsideOnly = inside_only { membership: MembershipId } -> bool;
        SetInsideOnly = set_inside_only { membership: MembershipId, inside_only: bool } -> ();
        /// S1 to S3. Answers with the existing conversation if that is continued. `attachments`: with the files of
        /// [`AttachTo::New`]. `urgent`: the reason, if the message is urgent (M10).
        Start = start { acting: MembershipId, shape: Shape, with: Vec<MembershipId>, teams: Vec<TeamId>, subject: Option<String>, text: Option<MessageText>, attachments: bool, urgent: Option<String> } -> ConversationId;
        /// Sends the draft of a conversation, as a new message, a reply or an edit; clears the draft.
        Send = send { conversation: ConversationId } -> ();
        SaveDraft = save_draft { conversation: ConversationId, draft: Draft } -> ();
        /// The files gathered for a new conversation.
        NewAttachments = new_attachments {} -> Vec<AttachmentView>;
        /// A file begins, and is refused at once by its name or size. Its bytes follow by `Client::attach_bytes`.
        BeginAttach = begin_attach { to: AttachTo, name: String, size: u64 } -> AttachmentView;
        /// All bytes came: the file is judged by its content, and a picture is cleaned.
        EndAttach = end_attach { id: AttachmentId } -> AttachmentView;
        /// Takes a file out of a draft, also one that is being read; or out of the message that the draft edits.
        Detach = detach { to: AttachTo, id: AttachmentId } -> ();
        /// F5: the edited picture is another file in the same place.
        EditPicture = edit_picture { to: AttachTo, id: AttachmentId, edits: Vec<Edit> } -> AttachmentView;
        /// Fetches a file of a message before all else; again where it could not be had.
        FetchAttachment = fetch_attachment { conversation: ConversationId, id: AttachmentId } -> ();
        CancelFetch = cancel_fetch { conversation: ConversationId, id: AttachmentId } -> ();
        /// A pinned file stays on this device.
        PinAttachment = pin_attachment { conversation: ConversationId, id: AttachmentId, pinned: bool } -> ();
        /// The user knows that a file they sent was refused.
        AcknowledgeRefused = acknowledge_refused { conversation: ConversationId, id: AttachmentId } -> ();
        /// The files of a conversation.
        Attachments = attachments { conversation: ConversationId, ask: AttachmentsAsk } -> AttachmentList;
        DeleteMessage = delete_message { conversation: ConversationId, message: MessageId } -> ();
        SharePreview = share_preview { conversation: ConversationId, from: Option<Seq> } -> SharePreview;
        /// `share_from` and `previewed` as in a [`SharePreview`]; `None` to share nothing earlier.
        Add = add { conversation: ConversationId, members: Vec<MembershipId>, teams: Vec<TeamId>, share_from: Option<Seq>, previewed: Option<Seq> } -> ();
        Remove = remove { conversation: ConversationId, member: MembershipId } -> ();
        /// O4: also removes those who take part by this team only.
        RemoveTeam = remove_team { conversation: ConversationId, team: TeamId } -> ();
        /// P3: joins an item's conversation that the user sees without taking part.
        Join = join { conversation: ConversationId } -> ();
        Leave = leave { conversation: ConversationId, successor: Option<MembershipId> } -> ();
        HandOver = hand_over { conversation: ConversationId, to: MembershipId } -> ();
        /// For everyone (`true`), or for the user only.
        Archive = archive { conversation: ConversationId, everyone: bool } -> ();
        Unarchive = unarchive { conversation: ConversationId, everyone: bool } -> ();
        /// N5: its messages count as unread without notifying, but for mentions, on all devices of the user.
        Mute = mute { conversation: ConversationId, muted: bool } -> ();
        /// A2: deletes a group, by its owner; nobody sees it any more.
        DeleteConversation = delete_conversation { conversation: ConversationId } -> ();
        /// P7, S3: an item and its conversations, from the server; without it, as far as the device knows.
        Item = item { item: ItemId } -> ItemView;
        /// Those of the items that the user may see (M5). Of the others only their existence in a text is known.
        Items = items { items: Vec<ItemId> } -> Vec<ItemCard>;
        /// Opens a conversation of an item that the user takes no part in, until it is closed.
        Follow = follow { conversation: ConversationId } -> ();
        Unfollow = unfollow { conversation: ConversationId } -> ();
        /// Sets the conversation on the screen, whose read markers are then kept up to date (M9).
        Watch = watch { conversation: Option<ConversationId> } -> ();
        /// The read markers of the others in the watched conversation; empty if unknown.
        Readers = readers { conversation: ConversationId } -> Vec<ReaderView>;
        /// Records that the screen showed everything up to here, focused and visible.
        Read = read { conversation: ConversationId, number: Seq } -> ();
        /// Sends a refused message again unchanged; or confirms all stale messages of that conversation.
        Retry = retry { conversation: ConversationId, message: MessageId } -> ();
        SendStale = send_stale { conversation: ConversationId } -> ();
        /// Takes a message out of the outbox that the server cannot have, as `may_withdraw` says. Its text becomes the
        /// draft if that is empty; otherwise it joins the recovered texts. Its files come back into the draft.
        Withdraw = withdraw { conversation: ConversationId, message: MessageId } -> ();
        /// Removes a recovered text from the list.
        DropRecovered = drop_recovered { id: MessageId } -> ();
    }
}

/// A layer that holds an engine while its cache is open.
pub trait WithEngine: Sync {
    type Open<'a>: OpenEngine + Send + Sync
    where
        Self: 'a;

    /// The engine, which stays open while the returned value is held.
    fn engine(&self) -> impl Future<Output = Result<Self::Open<'_>, ApiError>> + Send;
}

/// Access to an engine that stays open while this is held.
pub trait OpenEngine {
    type Api<'a>: EngineRequests + Send
    where
        Self: 'a;

    fn api(&self) -> Self::Api<'_>;
}

calls! {
    /// One request about the desktop program: its window, and services of the operating system.
    ShellRequest:
    View {} -> ShellView;
    /// The first content of the window is painted: the conversations, the sign-in, or the error.
    Shown {} -> ShellView;
    /// Shows the overview alone, at the edge of the screen beside another program; or restores the window.
    SideMode { on: bool } -> ShellView;
    /// The user has read what closing the window does: close it.
    CloseWindow {} -> ShellView;
    /// The window stays open after all.
    StayOpen {} -> ShellView;
    /// Ends the program.
    Quit {} -> ShellView;
    /// A dialog to pick files, which are then gathered; what failed comes as the event `attach-failed`.
    PickFiles { to: AttachTo } -> ShellView;
    /// Gathers the files or the picture in the clipboard, where the webview does not pass them to the page; what failed comes
    /// as the event `attach-failed`.
    PasteFiles { to: AttachTo } -> ShellView;
    /// Saves a copy of a file that is here, where a dialog says.
    SaveAttachment { id: AttachmentId } -> ShellView;
    /// Opens a file that is here in another program.
    OpenAttachment { id: AttachmentId } -> ShellView;
    /// Sends a notification on trial; the view has the outcome.
    TryNotification {} -> ShellView;
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

/// A slice of the overview (L2): which conversations, in which order, from which place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OverviewAsk {
    pub filter: Filter,
    pub order: Order,
    pub only: Only,
    /// Each word must begin a word of the title or of a participant's name; case and diacritics are ignored.
    pub query: String,
    pub from: u32,
    pub limit: u32,
}

/// A search through the messages on the device (L4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SearchAsk {
    /// As it was typed, filters included. Nothing but blanks and signs, without a filter, finds nothing.
    pub query: String,
    /// The filters that were chosen.
    pub filters: Vec<SearchFilter>,
    /// Only older ones than this place, which an answer gave.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
    pub limit: u32,
}

/// A slice of a conversation's files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AttachmentsAsk {
    /// Of one group only.
    pub kind: Option<AttachmentGroup>,
    /// Of messages before this one.
    pub before: Option<Seq>,
    /// About so many; a message's files come together.
    pub limit: u32,
}

/// The value of a setting, not checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SettingValue(#[ts(type = "unknown")] pub Value);

/// A slice of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "at", rename_all = "snake_case")]
#[ts(export)]
pub enum At {
    /// The last rows, including messages that wait to be sent.
    End,
    /// Around the first unread message, or the end if there is none.
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

/// Why a request failed. The screen has a sentence for each in its catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
#[ts(export)]
pub enum ApiError {
    /// The rules do not allow it; nothing was changed, and texts are kept.
    #[error("{refusal}")]
    Refused { refusal: Refusal },
    /// The server refused the whole request.
    #[error("{code}")]
    Server { code: ErrorCode },
    #[error("the server cannot be reached")]
    Unreachable,
    /// As offline, with a known obstacle in between.
    #[error("the server is not reached: {obstacle:?}")]
    Between { obstacle: Obstacle },
    /// The address is not one of an Overleg server.
    #[error("this is not the address of a server")]
    BadAddress,
    #[error("nobody is signed in")]
    NotSignedIn,
    #[error("the cache is not open")]
    Closed { trouble: UnavailableReason },
    /// The organisation does not allow it on this computer.
    #[error("the organisation does not allow it here")]
    ByOrganisation,
    /// A setting was not changed.
    #[error("{fault}")]
    Setting { fault: SettingFault },
    /// When the user works was not changed.
    #[error("{fault}")]
    Availability { fault: AvailabilityInvalid },
    /// A file was not taken, or is not to be had.
    #[error("{fault}")]
    Attachment { fault: AttachmentFault },
    /// Nothing can be stored until there is free space: the request was not done, and earlier data is unchanged.
    #[error("there is no room left on the disk")]
    DiskFull,
    /// This computer has no program for a file of that kind.
    #[error("no program opens the file")]
    NoProgram,
    /// The cache could not be read or written.
    #[error("the cache failed")]
    Cache,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `limits.ts`: the limits of the rules, so that the screen uses the same numbers.
    #[test]
    fn export_bindings_limits() {
        let Ok(folder) = std::env::var("TS_RS_EXPORT_DIR") else {
            return;
        };
        let limits = [
            (
                "Characters of a message's text, at most.",
                "LONGEST_TEXT",
                conversation::text::LONGEST_TEXT as u64,
            ),
            (
                "Characters of a subject, at most.",
                "LONGEST_SUBJECT",
                conversation::text::LONGEST_SUBJECT as u64,
            ),
            (
                "Characters of the reason of an urgent message, at most.",
                "LONGEST_REASON",
                conversation::urgency::LONGEST_REASON as u64,
            ),
            (
                "Characters of a password that is chosen, at least.",
                "SHORTEST_PASSWORD",
                protocol::session::SHORTEST_PASSWORD as u64,
            ),
            (
                "Files of a message, at most.",
                "MOST_ATTACHMENTS",
                conversation::attachment::MOST_ATTACHMENTS as u64,
            ),
            (
                "Bytes of a file, at most (F2).",
                "LARGEST_ATTACHMENT",
                conversation::attachment::LARGEST_ATTACHMENT,
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
        let [engine, shell] = [ApiRequest::typescript(), ShellRequest::typescript()];
        let body = format!("{engine}{shell}");
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
            "// Generated by `cargo xtask bindings`; do not edit.\n{imports}\n/** Every call of the engine's. */\nexport interface Calls {{\n{engine}}}\n\n/** Every call of the desktop program's. */\nexport interface ShellCalls {{\n{shell}}}\n"
        );
        std::fs::create_dir_all(&folder).unwrap();
        let folder = std::path::Path::new(&folder);
        std::fs::write(folder.join("calls.ts"), file).unwrap();
        std::fs::write(folder.join("matching.ts"), matching::typescript()).unwrap();
    }
}
