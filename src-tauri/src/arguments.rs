//! Command-line arguments of the program.

use std::path::PathBuf;

use client::api::Link;

#[derive(Debug, clap::Parser)]
#[command(
    name = "overleg",
    version,
    about = "Overleg: consult a colleague, and have it on record",
    after_help = "OVERLEG_LOG says how much is logged to the standard error: `info`, `client=debug`, `trace`. At no level does it \
                  hold a message, a name or a key."
)]
pub struct Arguments {
    /// A profile of its own: its own cache, keychain entry and single instance. Letters, digits and hyphens.
    #[arg(long, value_parser = profile)]
    pub profile: Option<String>,

    /// The folder for the encrypted cache, instead of the system's place for it.
    #[arg(long)]
    pub folder: Option<PathBuf>,

    /// In the tray, without its window: at login.
    #[arg(long)]
    pub hidden: bool,

    /// Without the help of the graphics card, where the window stays empty with it.
    #[arg(long)]
    pub safe: bool,

    /// Ends the program that runs in this profile, if one does: an installer is about to replace it.
    #[arg(long)]
    pub quit: bool,

    /// The link that the system opens Overleg with: `overleg://item/…`, `overleg://conversation/…`, `overleg://settings/…`.
    pub link: Option<String>,
}

/// Whether the arguments of a second start ask the first one to end.
pub fn asks_to_quit(arguments: &[String]) -> bool {
    arguments.iter().skip(1).any(|argument| argument == "--quit")
}

/// The link among the arguments of a second start.
pub fn link_among(arguments: &[String]) -> Option<Link> {
    arguments
        .iter()
        .skip(1)
        .find_map(|argument| Link::parse(argument))
}

fn profile(name: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(allowed) {
        return Err("a profile's name is 1 to 40 letters, digits and hyphens".into());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // S3
    #[test]
    fn a_second_start_brings_its_link_along() {
        let link = "overleg://item/01890000-0000-7000-8000-000000000001";
        let arguments = ["overleg", "--profile", "anna", link].map(str::to_owned);
        assert!(link_among(&arguments).is_some());
        assert_eq!(link_among(&arguments[..3]), None);
    }

    // I4
    #[test]
    fn a_second_start_may_ask_the_first_one_to_end() {
        assert!(asks_to_quit(&["overleg", "--quit"].map(str::to_owned)));
        assert!(!asks_to_quit(&["--quit", "--hidden"].map(str::to_owned)));
    }

    #[test]
    fn a_profile_is_a_name_that_is_safe_in_a_path_and_on_the_bus() {
        assert!(profile("anna-2").is_ok());
        for wrong in ["", "../x", "a b", "é", &"x".repeat(41)] {
            assert!(profile(wrong).is_err(), "{wrong}");
        }
    }
}
