//! A tamper-evident log over opaque bytes.
//!
//! A log is a chain of links. Each entry has three parts (header, content, audit), each committed to with a salt of
//! its own, so that any part can be destroyed, or withheld from someone, while the chain still verifies:
//!
//! ```text
//! commitment = SHA-256(salt ‖ bytes)                                    one for each part
//! body       = SHA-256(version ‖ commitment(header) ‖ commitment(content) ‖ commitment(audit))
//! link       = SHA-256(tag ‖ previous link ‖ body)
//! ```
//!
//! The link before the first is SHA-256(genesis tag ‖ the log's id), so that no entry fits into another log.
//! A verifier that has only bodies can still recompute every link. SHA-256 after FIPS 180-4; salts are 32
//! random bytes.
//!
//! *Invariant:* this crate knows nothing of conversations, does no input or output, and draws no salts.

use std::fmt;

use sha2::{Digest as _, Sha256};

mod text;

/// The tags keep a link, a genesis and any other hash of ours apart.
const LINK_TAG: &[u8] = b"overleg/link/1";
const GENESIS_TAG: &[u8] = b"overleg/genesis/1";

/// A SHA-256 digest. As JSON: unpadded base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

/// A random value that keeps a commitment from being guessed; it is destroyed with the part that it salts. As
/// JSON: unpadded base64url.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", text::encode(&self.0[..6]))
    }
}

/// Blank: with it, what it salts could be guessed.
impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// The commitment to one part of an entry.
pub fn commit(salt: &Salt, bytes: &[u8]) -> Digest {
    digest(&[&salt.0, bytes])
}

/// The commitments to the parts of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitments {
    pub header: Digest,
    pub content: Digest,
    pub audit: Digest,
}

impl Commitments {
    /// The body of the entry, under the version of the way it is hashed.
    pub fn body(&self, version: u8) -> Digest {
        digest(&[&[version], &self.header.0, &self.content.0, &self.audit.0])
    }
}

/// The link before the first of the log with this id.
pub fn genesis(log: &[u8]) -> Digest {
    digest(&[GENESIS_TAG, log])
}

/// The link of the entry with this body, after `previous`.
pub fn link(previous: &Digest, body: &Digest) -> Digest {
    digest(&[LINK_TAG, &previous.0, &body.0])
}

/// The link after a run of bodies.
pub fn link_all<'a>(previous: Digest, bodies: impl IntoIterator<Item = &'a Digest>) -> Digest {
    bodies
        .into_iter()
        .fold(previous, |previous, body| link(&previous, body))
}

/// The digest of parts whose lengths are fixed but for the last.
pub fn digest(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    Digest(hasher.finalize().into())
}

/// The defect of a stored log, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The entry with this number stands where another should: a gap or a reordering.
    Number { expected: u64, found: u64 },
    /// The stored part of the entry does not fit its commitments.
    Part { number: u64 },
    /// The stored link is not the one that follows: this entry or one before it was changed.
    Link { number: u64 },
    /// The log ends before the entry that is known to be its last.
    Truncated { last: u64, known: u64 },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Number { expected, found } => {
                write!(f, "entry {found} stands where entry {expected} should")
            }
            Broken::Part { number } => write!(f, "entry {number} does not fit what was committed to"),
            Broken::Link { number } => write!(f, "the chain breaks at entry {number}"),
            Broken::Truncated { last, known } => {
                write!(f, "the log ends at entry {last}, but {known} is known")
            }
        }
    }
}

impl std::error::Error for Broken {}

/// The rest of one part of an entry: the part itself, or only its commitment.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    Kept { salt: &'a Salt, bytes: &'a [u8] },
    Withheld(Digest),
}

impl Part<'_> {
    pub fn commitment(&self) -> Digest {
        match self {
            Part::Kept { salt, bytes } => commit(salt, bytes),
            Part::Withheld(commitment) => *commitment,
        }
    }
}

/// Follows a log from an anchor on and says where it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    /// The number of the entry that comes next.
    pub next: u64,
    /// The link of the entry before it.
    pub link: Digest,
}

impl Follower {
    /// From the beginning of the log with this id.
    pub fn from_genesis(log: &[u8]) -> Follower {
        Follower {
            next: 1,
            link: genesis(log),
        }
    }

    /// From the entry after `number`, whose link is known.
    pub fn from_anchor(number: u64, link: Digest) -> Follower {
        Follower {
            next: number + 1,
            link,
        }
    }

    /// Takes the next entry by its body; with the link that is stored for it, if there is one.
    pub fn follow(&mut self, number: u64, body: &Digest, stored: Option<&Digest>) -> Result<Digest, Broken> {
        if number != self.next {
            return Err(Broken::Number {
                expected: self.next,
                found: number,
            });
        }
        let link = link(&self.link, body);
        if stored.is_some_and(|stored| *stored != link) {
            return Err(Broken::Link { number });
        }
        self.next += 1;
        self.link = link;
        Ok(link)
    }

    /// Whether the log ended no earlier than the entry that is known to be its last.
    pub fn reached(&self, known: u64) -> Result<(), Broken> {
        let last = self.next - 1;
        if last < known {
            Err(Broken::Truncated { last, known })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bodies(texts: &[Vec<u8>]) -> Vec<Digest> {
        texts.iter().map(|text| commit(&Salt([7; 32]), text)).collect()
    }

    fn links(log: &[u8], bodies: &[Digest]) -> Vec<Digest> {
        let mut follower = Follower::from_genesis(log);
        (1..)
            .zip(bodies)
            .map(|(number, body)| follower.follow(number, body, None).unwrap())
            .collect()
    }

    // A1
    #[test]
    fn the_way_it_is_hashed_never_changes() {
        // The expected value comes from another implementation of SHA-256 (Python's hashlib).
        let commitment = commit(&Salt([1; 32]), b"{}");
        let body = Commitments {
            header: commitment,
            content: commitment,
            audit: commitment,
        }
        .body(1);
        let link = link(&genesis(b"log"), &body);
        assert_eq!(
            text::encode(&link.0),
            "cncBbhm4f5QwPB_WUz-LFTJy5hhpz0bysWiffd1Npng"
        );
    }

    // A1
    #[test]
    fn each_link_is_over_the_one_before_it() {
        // The expected values come from another implementation of SHA-256 (Python's hashlib).
        let bodies = bodies(&[b"een".to_vec(), b"twee".to_vec(), b"drie".to_vec()]);
        let expected = [
            "jgAauqtp_T_cly27cZ_LYa5EmTxZIGYY3rGIkcTIacA",
            "bvZYOP83dNlhu89PgTVGIQYLpdE1HaYPoVt3rJVJehE",
            "9s2ZV356NN2UVFZwnPwuzpj-onobPVtvr_9UKxaz2_M",
        ];
        let linked = links(b"log", &bodies);
        assert_eq!(
            linked
                .iter()
                .map(|link| text::encode(&link.0))
                .collect::<Vec<_>>(),
            expected
        );
        assert_eq!(link_all(genesis(b"log"), &bodies), linked[2]);
        assert_eq!(link_all(linked[0], &bodies[1..]), linked[2]);
        assert_eq!(link_all(linked[0], []), linked[0]);
    }

    // A1
    #[test]
    fn following_from_an_anchor_continues_at_its_place() {
        let bodies = bodies(&[b"een".to_vec(), b"twee".to_vec()]);
        let linked = links(b"log", &bodies);
        let mut follower = Follower::from_anchor(1, linked[0]);
        let other = Err(Broken::Number {
            expected: 2,
            found: 1,
        });
        assert_eq!(follower.follow(1, &bodies[0], None), other);
        assert_eq!(follower.follow(2, &bodies[1], Some(&linked[1])), Ok(linked[1]));
        assert_eq!(follower, Follower::from_anchor(2, linked[1]));
        // From another anchor the same entry does not follow.
        let mut elsewhere = Follower::from_anchor(1, genesis(b"log"));
        let broken = Err(Broken::Link { number: 2 });
        assert_eq!(elsewhere.follow(2, &bodies[1], Some(&linked[1])), broken);
        assert_eq!(
            elsewhere,
            Follower::from_anchor(1, genesis(b"log")),
            "it stands where it stood"
        );
    }

    // A1
    #[test]
    fn a_log_ends_no_earlier_than_its_last_known_entry() {
        let mut follower = Follower::from_genesis(b"log");
        assert_eq!(follower.reached(0), Ok(()));
        assert_eq!(follower.reached(1), Err(Broken::Truncated { last: 0, known: 1 }));
        follower.follow(1, &genesis(b"x"), None).unwrap();
        assert_eq!((follower.reached(0), follower.reached(1)), (Ok(()), Ok(())));
        assert_eq!(follower.reached(2), Err(Broken::Truncated { last: 1, known: 2 }));
    }

    // A1, F1: what is destroyed or withheld is known by its commitment alone.
    #[test]
    fn a_part_is_committed_to_alike_whether_it_is_there_or_not() {
        let salt = Salt([1; 32]);
        let kept = Part::Kept {
            salt: &salt,
            bytes: b"{}",
        };
        let commitment = commit(&salt, b"{}");
        assert_eq!(kept.commitment(), commitment);
        assert_eq!(Part::Withheld(commitment).commitment(), commitment);
        assert_ne!(commit(&Salt([2; 32]), b"{}"), commitment);
        assert_ne!(commit(&salt, b"{} "), commitment);
    }

    // A1: a part in another's place, or under another version, is another body.
    #[test]
    fn every_part_and_the_version_have_their_own_place_in_the_body() {
        let [header, content, audit] = [b"a", b"b", b"c"].map(|bytes| commit(&Salt([1; 32]), bytes));
        let of = |header, content, audit| Commitments {
            header,
            content,
            audit,
        };
        let body = of(header, content, audit).body(1);
        for other in [
            of(content, header, audit).body(1),
            of(header, audit, content).body(1),
            of(audit, content, header).body(1),
            of(header, content, audit).body(2),
        ] {
            assert_ne!(other, body);
        }
    }

    // A3: each is named as what it is, with its place.
    #[test]
    fn a_defect_is_described_in_a_sentence_with_its_number() {
        for (broken, sentence) in [
            (
                Broken::Number {
                    expected: 4,
                    found: 5,
                },
                "entry 5 stands where entry 4 should",
            ),
            (
                Broken::Part { number: 4 },
                "entry 4 does not fit what was committed to",
            ),
            (Broken::Link { number: 4 }, "the chain breaks at entry 4"),
            (
                Broken::Truncated { last: 4, known: 5 },
                "the log ends at entry 4, but 5 is known",
            ),
        ] {
            assert_eq!(broken.to_string(), sentence);
        }
    }

    // F1: with a salt, the salted part could be guessed; the beginning of a digest is enough to recognise it.
    #[test]
    fn a_salt_is_never_written_out_and_a_digest_in_part() {
        assert_eq!(format!("{:?}", Salt([7; 32])), "Salt");
        let shown = format!("{:?}", Digest([7; 32]));
        assert_eq!(shown, format!("Digest({})", text::encode(&[7; 6])));
    }

    // A1
    #[test]
    fn only_forty_three_characters_of_base64url_are_a_digest_or_salt() {
        let text = text::encode(&[0xFB; 32]);
        assert!(text.len() == 43 && text.contains(['-', '_']), "{text}");
        let read = |text: &str| serde_json::from_str::<Digest>(&format!("\"{text}\"")).ok();
        assert_eq!(read(&text), Some(Digest([0xFB; 32])));
        for other in [
            &text[..42],
            &format!("{text}="),
            &format!("{text}A"),
            &text.replace(['-', '_'], "+"),
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        let wrong = serde_json::from_str::<Digest>("7").unwrap_err().to_string();
        assert!(wrong.contains("32 bytes in unpadded base64url"), "{wrong}");
        let json = serde_json::to_string(&Salt([0xFB; 32])).unwrap();
        assert!(serde_json::from_str::<Salt>(&json).unwrap() == Salt([0xFB; 32]));
        assert!(serde_json::from_str::<Salt>(&json).unwrap() != Salt([0xFA; 32]));
    }

    proptest! {
        // A1: by hand, each over the one before.
        #[test]
        fn a_chain_is_the_same_however_it_is_computed(
            texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..9),
        ) {
            let bodies = bodies(&texts);
            let mut previous = Sha256::digest([b"overleg/genesis/1".as_slice(), b"log"].concat());
            let mut by_hand = Vec::new();
            for body in &bodies {
                let whole = [b"overleg/link/1".as_slice(), previous.as_slice(), &body.0].concat();
                previous = Sha256::digest(whole);
                by_hand.push(Digest(previous.into()));
            }
            prop_assert_eq!(links(b"log", &bodies), by_hand);
        }

        // A1
        #[test]
        fn every_change_gap_swap_and_truncation_is_found_and_named(
            texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 2..12),
            place in any::<prop::sample::Index>(),
            damage in 0..4,
        ) {
            let original = bodies(&texts);
            let stored = links(b"a", &original);
            let at = place.index(original.len() - 1);
            let mut damaged: Vec<(u64, Digest, Digest)> =
                (1..).zip(&original).zip(&stored).map(|((n, b), l)| (n, *b, *l)).collect();
            match damage {
                0 => damaged[at].1.0[0] ^= 1,
                1 => { damaged.remove(at); }
                2 => damaged.swap(at, at + 1),
                _ => { damaged.pop(); }
            }
            let mut follower = Follower::from_genesis(b"a");
            let followed = damaged.iter().try_for_each(|(n, b, l)| follower.follow(*n, b, Some(l)).map(|_| ()));
            let found = followed.and_then(|()| follower.reached(original.len() as u64)).unwrap_err();
            let named = at as u64 + 1;
            match damage {
                0 => prop_assert_eq!(found, Broken::Link { number: named }),
                1 | 2 => prop_assert_eq!(found, Broken::Number { expected: named, found: named + 1 }),
                _ => prop_assert_eq!(found, Broken::Truncated { last: original.len() as u64 - 1, known: original.len() as u64 }),
            }
        }

        // A1
        #[test]
        fn a_log_does_not_fit_under_another_id(texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..5)) {
            let bodies = bodies(&texts);
            prop_assert_ne!(links(b"a", &bodies), links(b"b", &bodies));
        }

        #[test]
        fn a_digest_reads_back_from_its_text(bytes in any::<[u8; 32]>()) {
            let text = serde_json::to_string(&Digest(bytes)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), Digest(bytes));
        }
    }
}
