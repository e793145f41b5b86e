//! Bytes that come cut anywhere, as lines.
//!
//! Pure: what goes in by [`Lines::push`] comes out by [`Lines::next`] whole, in order and without its line feed; empty
//! lines are left out. However the bytes are cut, the lines are the same, and so is the place where one is too long.

use std::fmt;

/// A line is longer than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

pub(super) struct Lines {
    held: Vec<u8>,
    /// The offset of the next line.
    start: usize,
    /// The offset up to which there is no line feed.
    seen: usize,
    /// The length of a line without its line feed, in bytes, at most.
    most: usize,
}

impl fmt::Debug for Lines {
    // The buffer holds texts of users, so its content is not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

impl Lines {
    pub(super) fn new(most: usize) -> Lines {
        Lines {
            held: Vec::new(),
            start: 0,
            seen: 0,
            most,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        // Lines already taken are removed before more is read, so that no more than one line and the last
        // chunk are held.
        if self.start > 0 {
            self.held.drain(..self.start);
            self.seen -= self.start;
            self.start = 0;
        }
        self.held.extend_from_slice(bytes);
    }

    /// The next whole line; `None` where more bytes are needed first.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, TooLong> {
        loop {
            let Some(length) = self.held[self.seen..].iter().position(|byte| *byte == b'\n') else {
                self.seen = self.held.len();
                let partial = self.seen - self.start;
                return if partial > self.most {
                    Err(TooLong)
                } else {
                    Ok(None)
                };
            };
            let (start, end) = (self.start, self.seen + length);
            if end - start > self.most {
                return Err(TooLong);
            }
            self.start = end + 1;
            self.seen = end + 1;
            if end > start {
                return Ok(Some(&self.held[start..end]));
            }
        }
    }

    /// Leaves out the line that is too long, as far as it has come: whether it has come whole.
    pub(super) fn skip(&mut self) -> bool {
        let end = self.held[self.start..].iter().position(|byte| *byte == b'\n');
        match end {
            Some(length) => {
                self.start += length + 1;
                self.seen = self.start;
                true
            }
            None => {
                self.held.clear();
                self.start = 0;
                self.seen = 0;
                false
            }
        }
    }

    /// The bytes after the last line feed.
    pub(super) fn rest(&self) -> &[u8] {
        &self.held[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Out = (Vec<Vec<u8>>, Result<Vec<u8>, TooLong>);

    /// All lines, and what is left; the pieces as `cuts` has them.
    fn split(bytes: &[u8], cuts: &[usize], most: usize) -> Out {
        let mut lines = Lines::new(most);
        let mut out = Vec::new();
        let mut from = 0;
        for to in cuts.iter().copied().chain([bytes.len()]) {
            lines.push(&bytes[from..to]);
            from = to;
            loop {
                match lines.next() {
                    Ok(Some(line)) => out.push(line.to_vec()),
                    Ok(None) => break,
                    Err(too_long) => return (out, Err(too_long)),
                }
            }
        }
        (out, Ok(lines.rest().to_vec()))
    }

    /// The same by the plainest means.
    fn expected(bytes: &[u8], most: usize) -> Out {
        let mut parts: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let rest = parts.pop().unwrap_or_default();
        let mut out = Vec::new();
        for part in parts {
            if part.len() > most {
                return (out, Err(TooLong));
            }
            if !part.is_empty() {
                out.push(part.to_vec());
            }
        }
        let rest = if rest.len() > most {
            Err(TooLong)
        } else {
            Ok(rest.to_vec())
        };
        (out, rest)
    }

    fn cuts(bytes: &[u8], at: &[prop::sample::Index]) -> Vec<usize> {
        let mut cuts: Vec<usize> = at.iter().map(|at| at.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        cuts
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_lines(
            text in "[aé€😀\n]{0,60}",
            at in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
            most in 0_usize..40,
        ) {
            let bytes = text.as_bytes();
            prop_assert_eq!(split(bytes, &cuts(bytes, &at), most), expected(bytes, most));
        }

        #[test]
        fn random_bytes_are_lines_like_any_other(
            bytes in prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n')], 0..400),
            at in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
        ) {
            prop_assert_eq!(split(&bytes, &cuts(&bytes, &at), 50), expected(&bytes, 50));
        }
    }

    #[test]
    fn after_a_line_that_is_too_long_the_next_is_read_however_it_was_cut() {
        let text = b"a\nbbbbbbbbbbbb\ncc\n";
        for cut in 0..=text.len() {
            let mut lines = Lines::new(4);
            let mut out: Vec<Vec<u8>> = Vec::new();
            let mut skipping = false;
            for piece in [&text[..cut], &text[cut..]] {
                lines.push(piece);
                loop {
                    if skipping {
                        skipping = !lines.skip();
                        if skipping {
                            break;
                        }
                    }
                    match lines.next() {
                        Ok(Some(line)) => out.push(line.to_vec()),
                        Ok(None) => break,
                        Err(TooLong) => skipping = true,
                    }
                }
            }
            assert_eq!(out, [b"a".to_vec(), b"cc".to_vec()], "{cut}");
            assert!(!skipping && lines.rest().is_empty());
        }
    }

    #[test]
    fn a_line_of_the_greatest_length_passes_and_one_byte_more_does_not() {
        assert_eq!(
            split(b"aaaa\nb", &[2], 4),
            (vec![b"aaaa".to_vec()], Ok(b"b".to_vec()))
        );
        assert_eq!(split(b"aaaaa\n", &[2], 4), (vec![], Err(TooLong)));
        assert_eq!(split(b"aaaaa", &[], 4), (vec![], Err(TooLong)));
    }
}
