//! The part of a file that a request asks for (RFC 9110, 14).

use axum::http::HeaderMap;
use axum::http::header::{IF_RANGE, RANGE};

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) from: u64,
    pub(super) length: u64,
    /// Whether it was asked for as a range.
    pub(super) partial: bool,
}

/// `None` if the range begins after the end of the file. A header that is no single range of bytes counts as none, and so does one
/// for another version of the file.
pub(super) fn wanted(headers: &HeaderMap, tag: &str, size: u64) -> Option<Wanted> {
    let whole = Wanted {
        from: 0,
        length: size,
        partial: false,
    };
    let other_version = headers.get(IF_RANGE).is_some_and(|named| named != tag);
    let mut lines = headers.get_all(RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Some(whole);
    };
    let spec = line.to_str().ok().and_then(|line| {
        let (unit, spec) = line.split_once('=')?;
        unit.trim().eq_ignore_ascii_case("bytes").then_some(spec.trim())
    });
    let Some(asked) = spec.and_then(parsed).filter(|_| !other_version) else {
        return Some(whole);
    };
    let (from, to) = match asked {
        Asked::From(from, to) => (from, to.unwrap_or(u64::MAX).min(size.checked_sub(1)?)),
        Asked::Last(0) => return None,
        Asked::Last(count) => (size.saturating_sub(count), size.checked_sub(1)?),
    };
    (from <= to).then(|| Wanted {
        from,
        length: to - from + 1,
        partial: true,
    })
}

enum Asked {
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

fn parsed(spec: &str) -> Option<Asked> {
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        // A number beyond all files is beyond the end.
        is_number.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let (from, to) = spec.split_once('-')?;
    if from.is_empty() {
        return Some(Asked::Last(number(to)?));
    }
    let from = number(from)?;
    if to.is_empty() {
        return Some(Asked::From(from, None));
    }
    let to = number(to)?;
    // The wrong way round it is invalid, which is not the same as not to be had.
    (from <= to).then_some(Asked::From(from, Some(to)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn ask(range: &str, size: u64) -> Option<(u64, u64, bool)> {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_str(range).unwrap());
        wanted(&headers, "\"a\"", size).map(|wanted| (wanted.from, wanted.length, wanted.partial))
    }

    // F2
    #[test]
    fn a_range_is_answered_as_the_standard_says() {
        for (range, expected) in [
            ("bytes=0-0", Some((0, 1, true))),
            ("bytes=0-1", Some((0, 2, true))),
            ("bytes=5-", Some((5, 5, true))),
            ("bytes=9-9", Some((9, 1, true))),
            ("bytes=5-99", Some((5, 5, true))),
            ("bytes=-3", Some((7, 3, true))),
            ("bytes=-99", Some((0, 10, true))),
            ("Bytes=2-3", Some((2, 2, true))),
            ("bytes=18446744073709551616-", None),
            ("bytes=0-18446744073709551616", Some((0, 10, true))),
            ("bytes=10-", None),
            ("bytes=10-11", None),
            ("bytes=-0", None),
            // None of these is one range of bytes.
            ("bytes=3-2", Some((0, 10, false))),
            ("bytes=0-1,4-5", Some((0, 10, false))),
            ("bytes=", Some((0, 10, false))),
            ("bytes=-", Some((0, 10, false))),
            ("bytes=+1-2", Some((0, 10, false))),
            ("bytes=a-b", Some((0, 10, false))),
            ("lines=1-2", Some((0, 10, false))),
            ("1-2", Some((0, 10, false))),
        ] {
            assert_eq!(ask(range, 10), expected, "{range}");
        }
        assert_eq!(ask("bytes=0-", 0), None);
    }

    // F2
    #[test]
    fn a_range_of_another_version_is_the_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=5-"));
        headers.insert(IF_RANGE, HeaderValue::from_static("\"b\""));
        assert!(!wanted(&headers, "\"a\"", 10).unwrap().partial);
        assert!(wanted(&headers, "\"b\"", 10).unwrap().partial);
    }
}
