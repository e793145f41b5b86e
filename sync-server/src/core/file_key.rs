//! The key of a file: wrapped by the master key while it is received, and by the data key of its conversation once a message names it.
//!
//! The wrapping binds what the row says of the file: a row that was changed, or put in another's place, opens no file.

use conversation::AttachmentId;
use platform::Random;
use zeroize::Zeroizing;

use super::CoreError;
use crate::keys::Secret;
use crate::seal::{DataKey, KeyRing, Part, TokenSeal};
use crate::store::AttachmentRow;

/// Wraps the key of a new file for its row.
pub(crate) fn for_upload(ring: &KeyRing, random: &dyn Random, row: &AttachmentRow, key: &Secret) -> Vec<u8> {
    ring.wrap(random, &purpose(row), key)
}

/// The key of a file that no message names.
pub(crate) fn of_upload(ring: &KeyRing, row: &AttachmentRow) -> Result<Secret, CoreError> {
    Ok(ring.unwrap(&purpose(row), &row.key)?)
}

/// Seals the name that a file is uploaded under.
pub(crate) fn seal_name(random: &dyn Random, id: AttachmentId, key: &Secret, name: &str) -> Vec<u8> {
    name_seal(key).seal(random, id.as_bytes(), name.as_bytes())
}

/// The name that a file was uploaded under.
pub(crate) fn open_name(row: &AttachmentRow, key: &Secret) -> Result<String, CoreError> {
    let name = name_seal(key).open(row.id.as_bytes(), &row.name)?;
    String::from_utf8(name).map_err(|_| CoreError::Broken("the name of a file"))
}

fn name_seal(key: &Secret) -> TokenSeal {
    TokenSeal::new(&key.derived("overleg/file-name/1"))
}

fn purpose(row: &AttachmentRow) -> Vec<u8> {
    let mut purpose = b"overleg/attachment-key/1".to_vec();
    for id in [
        row.id.as_bytes(),
        row.person.as_bytes(),
        row.conversation.as_bytes(),
    ] {
        purpose.extend_from_slice(id);
    }
    purpose.extend_from_slice(&row.size.to_be_bytes());
    purpose
}

/// Wraps the key of a file for the message that the row names.
pub(crate) fn wrapped_by(
    data_key: &DataKey,
    random: &dyn Random,
    row: &AttachmentRow,
    key: &Secret,
) -> Result<Vec<u8>, CoreError> {
    let bound = Zeroizing::new([key.bytes().as_slice(), &facts(row)?].concat());
    let message = row.message.ok_or(CoreError::Broken("a file is of no message"))?;
    Ok(data_key.seal(random, &row.conversation.0, message, Part::FileKey, &bound))
}

/// The key of a file that a message names.
pub(crate) fn of_message(data_key: &DataKey, row: &AttachmentRow) -> Result<Secret, CoreError> {
    let message = row.message.ok_or(CoreError::Broken("a file is of no message"))?;
    let bound = Zeroizing::new(data_key.open(&row.conversation.0, message, Part::FileKey, &row.key)?);
    let (key, said) = bound
        .split_first_chunk::<32>()
        .ok_or(CoreError::Broken("the key of a file"))?;
    if said != facts(row)? {
        return Err(CoreError::Broken("a file is not the one that was named"));
    }
    Ok(Secret::new(*key))
}

/// The facts that identify the file: its id, size and bytes.
fn facts(row: &AttachmentRow) -> Result<Vec<u8>, CoreError> {
    let sha256 = row
        .sha256
        .ok_or(CoreError::Broken("a file that is not whole is named"))?;
    Ok([row.id.as_bytes().as_slice(), &row.size.to_be_bytes(), &sha256.0].concat())
}

#[cfg(test)]
mod tests {
    use conversation::{ConversationId, PersonId, Seq, Sha256, Timestamp};
    use platform::SeededRandom;
    use uuid::Uuid;

    use super::*;

    fn row(random: &SeededRandom, ring: &KeyRing, key: &Secret) -> AttachmentRow {
        let row = AttachmentRow {
            received: 10,
            sha256: Some(Sha256([5; 32])),
            ..AttachmentRow::begun(
                AttachmentId(Uuid::from_u128(1)),
                PersonId(Uuid::from_u128(2)),
                ConversationId(Uuid::from_u128(3)),
                10,
                Timestamp(1),
            )
        };
        AttachmentRow {
            key: for_upload(ring, random, &row, key),
            ..row
        }
    }

    // F1, P5
    #[test]
    fn a_row_that_was_changed_opens_no_file() {
        let (random, ring) = (SeededRandom::new(1), KeyRing::new(&Secret::new([1; 32])));
        let key = Secret::new([9; 32]);
        let uploaded = row(&random, &ring, &key);
        assert_eq!(of_upload(&ring, &uploaded).unwrap().bytes(), key.bytes());
        let other = Uuid::from_u128(7);
        let changes: [fn(&mut AttachmentRow, Uuid); 4] = [
            |row, other| row.id = AttachmentId(other),
            |row, other| row.person = PersonId(other),
            |row, other| row.conversation = ConversationId(other),
            |row, _| row.size += 1,
        ];
        for change in changes {
            let mut changed = uploaded.clone();
            change(&mut changed, other);
            assert!(of_upload(&ring, &changed).is_err());
        }

        let (data_key, _) = ring.make(&random, Timestamp(1), &uploaded.conversation.0);
        let mut named = AttachmentRow {
            message: Some(Seq(4)),
            data_key: Some(data_key.id),
            ..uploaded
        };
        named.key = wrapped_by(&data_key, &random, &named, &key).unwrap();
        assert_eq!(of_message(&data_key, &named).unwrap().bytes(), key.bytes());
        let changes: [fn(&mut AttachmentRow, Uuid); 5] = [
            |row, other| row.id = AttachmentId(other),
            |row, other| row.conversation = ConversationId(other),
            |row, _| row.size += 1,
            |row, _| row.sha256 = Some(Sha256([6; 32])),
            |row, _| row.message = Some(Seq(5)),
        ];
        for change in changes {
            let mut changed = named.clone();
            change(&mut changed, other);
            assert!(of_message(&data_key, &changed).is_err());
        }
    }
}
