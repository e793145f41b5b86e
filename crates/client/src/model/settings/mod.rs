//! The registry of settings: one declaration each. The typed values, their JSON, the TypeScript types and defaults
//! (`ui/src/lib/bindings/setting-values.ts`) and the table of `docs/settings.md` are derived from it.
//!
//! A new setting is a new entry of the list below, and nothing else but the control that shows it. Whatever a program
//! remembers by itself, such as the geometry of a window, is no setting: nobody chose it.

mod declaration;
mod kind;
mod policy;
mod values;

use conversation::organisation::availability::QuietHours;
use conversation::refusal::Language;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::overview::{Only, Order};
pub use declaration::{AccountField, Declaration, Effective, Layer, Layers, Scope, SettingFault, Source};
use declaration::{resolve, settings};
pub use kind::Kind;
use kind::OfKind;
pub use policy::{Entries, LeftOut, LeftOutReason, Policy, PolicyEntries, PolicyFault, PolicyStatus};
pub use values::{
    Days, Density, FileFamilies, FileMegabytes, Megabytes, NotificationDetail, ProxyAddress, ReminderDays,
    Seconds, Theme, TypedAddress, Zoom,
};

settings! {
    /// Language of the screen, the notifications and the tray.
    "appearance.language" language: Language = Language::Nl, Device, may_be_forced: true;
    /// Light, dark, or as the system has it.
    "appearance.theme" theme: Theme = Theme::System, Device, may_be_forced: false;
    /// Size of everything, from 50 to 300 per cent.
    "appearance.zoom" zoom: Zoom = Zoom::USUAL, Device, may_be_forced: false;
    /// Enter breaks the line, and Ctrl+Enter sends.
    "writing.enter_breaks" enter_breaks: bool = false, Device, may_be_forced: false;
    /// How much a notification tells.
    "notifications.detail" notification_detail: NotificationDetail = NotificationDetail::Who, Device, may_be_forced: true;
    /// A notification makes no sound.
    "notifications.silent" silent: bool = false, Device, may_be_forced: true;
    /// Hours of every day in which nothing is notified, if any.
    "notifications.quiet_hours" quiet_hours: Option<QuietHours> = None, Account, may_be_forced: false;
    /// Nothing is notified outside the working days and hours of the profile.
    "notifications.working_days" working_days: bool = false, Account, may_be_forced: false;
    /// A mail about a new message in a conversation that was not opened since the last mail about it.
    "mail.message" mail_message: bool = true, Account, may_be_forced: true;
    /// A mail about being added to a conversation.
    "mail.added" mail_added: bool = true, Account, may_be_forced: true;
    /// A mail about being mentioned.
    "mail.mentioned" mail_mentioned: bool = true, Account, may_be_forced: true;
    /// A mail about an urgent message, at once and also during working hours.
    "mail.urgent" mail_urgent: bool = true, Account, may_be_forced: true;
    /// A mail about a message that was unread for so many days, from 1 to 30; 0 for none.
    "mail.unread_days" mail_unread_days: ReminderDays = ReminderDays::USUAL, Account, may_be_forced: false;
    /// Mail waits while the user is at work.
    "mail.outside_working_hours" mail_outside_working_hours: bool = false, Account, may_be_forced: false;
    /// Language of mails.
    "mail.language" mail_language: Language = Language::Nl, Account, may_be_forced: false;
    /// A change of the language of the screen changes that of mails along, until the user chooses one for mails.
    "mail.language_of_screen" mail_language_of_screen: bool = true, Account, may_be_forced: false;
    /// Closing the window leaves the program in the tray, so that it goes on to notify.
    "program.keep_running" keep_running: bool = true, Device, may_be_forced: true;
    /// The program starts when the user signs in to the computer.
    "program.start_at_login" start_at_login: bool = false, Device, may_be_forced: true;
    /// A global shortcut shows the window.
    "program.shortcut" shortcut: bool = true, Device, may_be_forced: true;
    /// Files of messages of the last days are fetched by themselves, for so many days.
    "files.days" fetched_days: Days = Days::USUAL, Device, may_be_forced: true;
    /// How much room the files of messages may take on this device, in MB.
    "files.budget_mb" file_budget: Megabytes = Megabytes::USUAL, Device, may_be_forced: true;
    /// For so many seconds a message with files to another organisation can be taken back before it leaves, from 0 to 60.
    "files.take_back_seconds" take_back: Seconds = Seconds::USUAL, Device, may_be_forced: true;
    /// The largest file that may be sent, in MB, from 1 to 2148.
    "files.largest_mb" largest_file: FileMegabytes = FileMegabytes::MOST, Organisation, may_be_forced: true;
    /// Kinds of files that are not sent from here.
    "files.refused" refused_files: FileFamilies = FileFamilies::default(), Organisation, may_be_forced: true;
    /// Files of messages may be saved outside Overleg.
    "files.save" may_save: bool = true, Organisation, may_be_forced: true;
    /// Files of messages may be opened in other programs.
    "files.open" may_open: bool = true, Organisation, may_be_forced: true;
    /// Texts and pictures of messages may be copied.
    "program.copy" may_copy: bool = true, Organisation, may_be_forced: true;
    /// The address of the server: enforced, no other one can be signed in to; recommended, it stands there to begin with.
    "servers.address" server_address: TypedAddress = TypedAddress::default(), Organisation, may_be_forced: true;
    /// The way to the server: `system`, `none`, `http://proxy.example:8080`, or, by a script, `pac+http://proxy.example/proxy.pac`.
    "network.proxy" proxy: ProxyAddress = ProxyAddress::default(), Organisation, may_be_forced: true;
    /// The window is drawn with the help of the graphics card; a change holds from the next start.
    "program.graphics" graphics: bool = true, Device, may_be_forced: true;
    /// Order of the overview.
    "overview.order" order: Order = Order::Latest, Account, may_be_forced: false;
    /// The filter of the overview.
    "overview.only" only: Only = Only::default(), Account, may_be_forced: false;
    /// Height of the rows of the overview.
    "overview.density" density: Density = Density::Normal, Account, may_be_forced: false;
    /// The overview does not show the last message.
    "overview.without_preview" without_preview: bool = false, Account, may_be_forced: true;
}

impl Default for Settings {
    fn default() -> Settings {
        let none = &Layer::new();
        Settings::resolve(Layers {
            policy: &Policy::default(),
            account: none,
            device: none,
        })
    }
}

/// The declaration of a key.
pub fn declared(key: &str) -> Result<&'static Declaration, SettingFault> {
    let found = SETTINGS.iter().find(|declaration| declaration.key == key);
    found.ok_or(SettingFault::Unknown)
}

/// The settings that a field of the account holds.
pub fn held_by(field: AccountField) -> impl Iterator<Item = &'static Declaration> {
    SETTINGS
        .iter()
        .filter(move |declaration| declaration.field() == Some(field))
}

#[cfg(test)]
mod tests;
