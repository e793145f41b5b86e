//! Lists in requests, bounded while they are parsed.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Parses a list of at most `MOST` elements. Of a longer one it keeps one element more, so that the caller detects it;
/// later elements are parsed as JSON and dropped.
pub fn at_most<'de, const MOST: usize, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct List<const MOST: usize, T>(PhantomData<T>);

    impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for List<MOST, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut read = Vec::new();
            while read.len() <= MOST
                && let Some(element) = list.next_element()?
            {
                read.push(element);
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(read)
        }
    }

    deserializer.deserialize_seq(List::<MOST, T>(PhantomData))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Request {
        #[serde(deserialize_with = "super::at_most::<3, _, _>")]
        list: Vec<u8>,
    }

    // I5
    #[test]
    fn a_list_that_is_too_long_is_read_to_one_more_than_it_may_have() {
        for (json, read) in [
            (r#"{"list":[]}"#, 0),
            (r#"{"list":[1,2,3]}"#, 3),
            (r#"{"list":[1,2,3,4]}"#, 4),
            (r#"{"list":[1,2,3,4,5,6,7]}"#, 4),
        ] {
            let request: Request = serde_json::from_str(json).unwrap();
            assert_eq!(request.list.len(), read, "{json}");
        }
        for broken in [r#"{"list":[1,2,3,4,5"#, r#"{"list":3}"#, r#"{"list":["a"]}"#] {
            assert!(serde_json::from_str::<Request>(broken).is_err(), "{broken}");
        }
    }
}
