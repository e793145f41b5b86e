//! The media type of a body: `application/json`, in UTF-8, without a content encoding. Any other is refused before a
//! byte of the body is read: a form of another website can do nothing, and no body is decoded differently than it was
//! checked.

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use protocol::error::ErrorCode;

use super::extract::Refused;

/// Checks that the headers announce a JSON body.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Refused> {
    let refused = |why: &str| Refused::because(ErrorCode::UnsupportedMediaType, why.to_owned());
    match all(headers, &CONTENT_TYPE).as_slice() {
        [] => return Err(refused("`Content-Type` is missing, expected `application/json`")),
        [one] if is_json(one) => {}
        [_] => return Err(refused("`Content-Type` is not `application/json` in UTF-8")),
        _ => return Err(refused("`Content-Type` stands there more than once")),
    }
    let as_it_is = |coding: &str| coding.trim().eq_ignore_ascii_case("identity");
    if all(headers, &CONTENT_ENCODING).into_iter().all(as_it_is) {
        Ok(())
    } else {
        Err(refused("`Content-Encoding` is not read: send the body as it is"))
    }
}

/// The values of a header; a value that is not text becomes an empty one, which no check accepts.
fn all<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter();
    lines.map(|line| line.to_str().unwrap_or_default()).collect()
}

/// `application/json`, whose only charset is UTF-8 (RFC 8259, 8.1).
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_utf_8_is_read_and_nothing_else() {
        for read in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json; profile=\"x\"",
            "application/json;",
        ] {
            assert!(is_json(read), "{read}");
        }
        for refused in [
            "",
            "text/plain",
            "text/json",
            "application/jsonp",
            "application/vnd.overleg+json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application/json; charset=",
            "text/plain; application/json",
        ] {
            assert!(!is_json(refused), "{refused}");
        }
    }
}
