//! What the program can be started with.

use std::path::PathBuf;

#[derive(Debug, clap::Parser)]
#[command(
    name = "overleg",
    version,
    about = "Overleg: consult a colleague, and have it on record"
)]
pub struct Arguments {
    /// A profile of its own: its own cache, keychain entry and single instance. Letters, digits and hyphens.
    #[arg(long, value_parser = profile)]
    pub profile: Option<String>,

    /// Where the encrypted cache is kept, instead of the system's place for it.
    #[arg(long)]
    pub folder: Option<PathBuf>,
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

    #[test]
    fn a_profile_is_a_name_that_is_safe_in_a_path_and_on_the_bus() {
        assert!(profile("anna-2").is_ok());
        for wrong in ["", "../x", "a b", "é", &"x".repeat(41)] {
            assert!(profile(wrong).is_err(), "{wrong}");
        }
    }
}
