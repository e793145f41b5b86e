//! A CSV file as its lines: which columns there are, how they are divided, and what is wrong with the form.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a file holds, a line each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    Units,
    /// Where people work and as what: a line a membership.
    People,
    /// Who is in which team: a line a member.
    Teams,
    Permissions,
}

impl Table {
    /// The columns that must be there, and those that may be.
    pub fn columns(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Table::Units => (&["name", "kind"], &["parent"]),
            Table::People => (
                &["login", "given", "family"],
                &["prefix", "discipline", "function", "unit", "work_email"],
            ),
            Table::Teams => (&["team"], &["unit", "login"]),
            Table::Permissions => (&["login", "type", "permission"], &["unit"]),
        }
    }
}

/// A row, and the line of the file that it begins at.
pub(super) struct Row<T> {
    pub(super) line: u64,
    pub(super) row: T,
}

/// A line that cannot be read, and why, as a sentence.
pub(super) type Unreadable = (u64, String);

/// The rows of the file, one at least; or each line that is of another form.
pub(super) fn rows<T: DeserializeOwned>(table: Table, text: &str) -> Result<Vec<Row<T>>, Vec<Unreadable>> {
    // Spreadsheets mark UTF-8 so.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(_) => return Err(vec![(1, "The first line cannot be read as CSV.".to_owned())]),
    };
    check_columns(table, &headers).map_err(|why| vec![(1, why)])?;
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    let mut lines = Lines {
        text: text.as_bytes(),
        at: 0,
        line: 1,
    };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                unreadable.push((lines.at(error.position()), uneven(&error)));
                continue;
            }
        };
        let line = lines.at(record.position());
        match record.deserialize(Some(&headers)) {
            Ok(row) => rows.push(Row { line, row }),
            Err(error) => unreadable.push((line, of_another_form(&error))),
        }
    }
    if rows.is_empty() && unreadable.is_empty() {
        // One that is complete would end everything: more likely it is the wrong file.
        return Err(vec![(1, "There are no lines below the first.".to_owned())]);
    }
    if unreadable.is_empty() {
        Ok(rows)
    } else {
        Err(unreadable)
    }
}

/// Spreadsheets divide by a semicolon where the comma is the decimal sign.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter| first.matches(delimiter).count();
    if count(';') > count(',') { b';' } else { b',' }
}

fn check_columns(table: Table, headers: &csv::StringRecord) -> Result<(), String> {
    let (required, optional) = table.columns();
    let expected = || {
        let may = match optional {
            [] => String::new(),
            optional => format!("; there may be {}", optional.join(", ")),
        };
        format!(
            "The first line names the columns: {} must be there{may}.",
            required.join(", ")
        )
    };
    if let Some(missing) = required.iter().find(|name| !headers.iter().any(|h| h == **name)) {
        return Err(format!("The column {missing} is missing. {}", expected()));
    }
    let known = |name: &&str| required.contains(name) || optional.contains(name);
    if headers.iter().any(|name| !known(&name)) {
        return Err(format!("There is a column of another name. {}", expected()));
    }
    let mut names: Vec<&str> = headers.iter().collect();
    names.sort_unstable();
    names.dedup();
    if names.len() != headers.len() {
        return Err(format!("A column stands there twice. {}", expected()));
    }
    Ok(())
}

fn uneven(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("The line has {len} fields, and the first line names {expected_len} columns.")
        }
        _ => "The line cannot be read as CSV.".to_owned(),
    }
}

/// Counts lines on the way through the text: the reader's own count stays behind where lines end in two characters.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line that a record begins at, which is asked in the order of the records.
    fn at(&mut self, position: Option<&csv::Position>) -> u64 {
        let begins = position.and_then(|position| usize::try_from(position.byte()).ok());
        let begins = begins.unwrap_or(self.at);
        while let Some(byte) = self.text.get(self.at) {
            // What ended the line before may still stand in front of the record.
            let before = self.at < begins || matches!(byte, b'\r' | b'\n');
            if !before {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// What is said by name is the column alone; the value stays where it is.
fn of_another_form(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => match err.kind() {
            csv::DeserializeErrorKind::Message(message) => format!("{message}."),
            _ => "A field is of another form than its column.".to_owned(),
        },
        _ => "The line cannot be read as CSV.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Unit {
        name: String,
        kind: String,
        parent: Option<String>,
    }

    fn read(text: &str) -> Result<Vec<(u64, String)>, Vec<Unreadable>> {
        let rows = rows::<Unit>(Table::Units, text)?;
        Ok(rows.into_iter().map(|row| (row.line, row.row.name)).collect())
    }

    // I2
    #[test]
    fn commas_semicolons_a_mark_of_utf_8_and_fields_over_two_lines_are_read() {
        let expected = Ok(vec![(2, "Noord".to_owned()), (3, "Zuid".to_owned())]);
        assert_eq!(read("name,kind\nNoord,branch\nZuid,branch\n"), expected);
        assert_eq!(
            read("\u{feff}name;kind;parent\r\nNoord;branch;\r\n Zuid ;branch;Noord\r\n"),
            expected
        );
        let over_two = "name,kind\n\"Noord\nen Oost\",branch\nZuid,branch\n";
        assert_eq!(
            read(over_two),
            Ok(vec![(2, "Noord\nen Oost".to_owned()), (4, "Zuid".to_owned())])
        );
    }

    // I2
    #[test]
    fn what_is_wrong_with_the_form_is_said_by_line() {
        let first = |text: &str| {
            let (line, why) = read(text).expect_err("it is wrong").remove(0);
            format!("{line}: {why}")
        };
        assert!(first("name\nNoord").starts_with("1: The column kind is missing. The first line names"));
        assert!(first("name,kind,colour\n").starts_with("1: There is a column of another name."));
        assert!(first("name,kind,name\n").starts_with("1: A column stands there twice."));
        assert!(first("").starts_with("1: The column name is missing."));
        assert_eq!(
            first("name,kind\nNoord,branch\nZuid\n"),
            "3: The line has 1 fields, and the first line names 2 columns."
        );
    }
}
