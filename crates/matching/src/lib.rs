//! Comparison of names, in the one place for it: search ([`Wanted`]), equality as a key ([`key`]), and
//! what of a typed or imported text is kept ([`name`], [`login`], [`password`]); and of running text, what a search finds ([`Terms`]).
//!
//! Server, engine and screen ask here, so that a name that one of them finds is found by all. The screen cannot call
//! Rust while a key is pressed: `ui/src/lib/words/matching.ts` does the same over tables that are generated
//! ([`typescript`]), and both
//! are held to `samples.json`.
//!
//! Nothing here reads a clock, a file or a setting: the same text always gives the same answer.

mod characters;
mod fold;
mod forgiving;
mod indexed;
mod keep;
mod key;
mod login;
mod table;
mod terms;
mod text_words;
mod wanted;
mod words;

pub use characters::is_unseen;
pub use fold::fold;
pub use forgiving::{Forgiving, Initials};
pub use indexed::folded_for_index;
pub use keep::{LONGEST_NAME, Unfit, kept_reference, name, name_within, shown};
pub use key::{key, reference};
pub use login::{forms_of_login, forms_of_password, login, password};
pub use table::typescript;
pub use terms::{InWords, Terms};
pub use text_words::words_of;
pub use wanted::{Form, Match, Run, Wanted};
pub use words::{Words, plain, runs};
