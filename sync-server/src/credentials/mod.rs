//! Makes and hashes credentials; only the hash is stored.

pub mod invitation;
pub mod source_key;
