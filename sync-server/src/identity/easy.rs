//! Passwords that are soon guessed.
//!
//! Their length alone says little: "Welkom2026!!" has twelve characters. `zxcvbn` estimates how many guesses a password takes, from
//! lists of common passwords, words and names, keyboard patterns, dates and repetition (Wheeler, *zxcvbn: Low-Budget
//! Password Strength Estimation*, USENIX Security 2016). Its score of four is for "very unguessable", more than 10^10; four Dutch
//! words or a sentence are not to be refused, so the limit is lower.

use protocol::session::Secret;

/// Guesses, as a power of ten. Guessing through the server is limited to a few a minute; a stolen database has Argon2id before
/// each guess.
const LEAST: f64 = 9.0;

/// Whether a password is soon guessed by somebody who knows these words about its owner: address, name, organisation.
pub(super) fn is_easy(password: &Secret, about: &[&str]) -> bool {
    // Words of a text alone, so that "Anna Jansen" does not hide in another order.
    let words: Vec<&str> = about
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() > 2)
        .chain(["overleg"])
        .collect();
    zxcvbn::zxcvbn(&password.0, &words).guesses_log10() < LEAST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn easy(password: &str) -> bool {
        let about = ["anna.jansen@delinde.example", "Anna Jansen", "Thuiszorg De Linde"];
        is_easy(&Secret(password.to_owned()), &about)
    }

    // I1
    #[test]
    fn common_passwords_patterns_and_ones_own_name_are_easy() {
        for password in [
            "            ",
            "aaaaaaaaaaaa",
            "123456789012",
            "password1234",
            "qwertyuiop12",
            "Welkom2026!!",
            "Welkom01Welkom01",
            "annajansen2026",
            "AnnaJansen!!",
            "thuiszorglinde",
            "overlegoverleg",
            "abcabcabcabcabc",
            "iloveyou1990",
        ] {
            assert!(easy(password), "{password}");
        }
    }

    // I1
    #[test]
    fn a_few_words_or_a_sentence_are_not_easy() {
        for password in [
            "vier losse woorden samen",
            "vier woorden zijn genoeg",
            "een lang wachtwoord",
            "paardnietjebatterij",
            "mijn fiets staat achter het ziekenhuis",
            "correct horse battery staple",
            "kT9#vLq2!xWz",
        ] {
            assert!(!easy(password), "{password}");
        }
    }
}
