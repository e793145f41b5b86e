//! Whole-system stories: a real server, real engines with encrypted caches, HTTP between them. Each proves rules where
//! they meet; the rules one by one have their tests in `crates/conversation/tests/rules`.

mod attachments;
mod between;
mod consult;
mod dev_api;
mod hard_cases;
mod items;
mod mail;
mod notifications;
mod overview;
mod privacy;
mod sessions;
mod teams;
