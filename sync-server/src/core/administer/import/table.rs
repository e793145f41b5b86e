//! Parses a CSV file into lines: its columns, its delimiter, and its formal errors.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The kind of a file, by the meaning of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    Units,
    /// Memberships: one per line.
    People,
    /// Members of teams: one per line.
    Teams,
    Permissions,
    /// Working days and cover: one membership per line.
    Availability,
}

impl Table {
    /// The required columns, and the optional ones.
    pub fn columns(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Table::Units => (&["name", "kind"], &["parent"]),
            Table::People => (
                &["login", "given", "family"],
                &["prefix", "discipline", "function", "unit", "work_email"],
            ),
            Table::Teams => (&["team"], &["unit", "login"]),
            Table::Permissions => (&["login", "type", "permission"], &["unit"]),
            Table::Availability => (
                &["login"],
                &[
                    "unit",
                    "week",
                    "works_on_holidays",
                    "time_zone",
                    "absent_from",
                    "absent_until",
                    "cover_login",
                    "cover_team",
                    "note",
                ],
            ),
        }
    }
}

/// A row, and the line of the file at which it begins.
pub(super) struct Row<T> {
    pub(super) line: u64,
    pub(super) row: T,
}

/// The number of a line that cannot be read, and the reason as a sentence.
pub(super) type Unreadable = (u64, String);

/// The rows of the file, at least one; or every line that cannot be read.
///
/// Tolerates what spreadsheets add: a byte order mark, a first line `sep=;`, empty lines and columns, and missing
/// fields at the end of a line.
pub(super) fn rows<T: DeserializeOwned>(table: Table, text: &str) -> Result<Vec<Row<T>>, Vec<Unreadable>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Old programs end a file with these.
    let text = text.trim_end_matches(['\u{1a}', '\0']);
    let mut lines = Lines::of(text);
    let (divider, body) = divided(text);
    if let Some(open) = unclosed(body, divider) {
        let line = lines.at(text.len() - body.len() + open);
        return Err(vec![(
            line,
            "A quotation mark opens a field and is never closed.".to_owned(),
        )]);
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(divider)
        .has_headers(false)
        .flexible(true)
        .from_reader(body.as_bytes());
    let (mut columns, mut rows, mut unreadable) = (None, Vec::new(), Vec::new());
    for record in reader.records() {
        let begins = |position: Option<&csv::Position>| {
            let in_body = position.and_then(|position| usize::try_from(position.byte()).ok());
            text.len() - body.len() + in_body.unwrap_or_default()
        };
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = lines.at(begins(error.position()));
                unreadable.push((line, "The line cannot be read as CSV.".to_owned()));
                continue;
            }
        };
        let line = lines.at(begins(record.position()));
        let fields: Vec<String> = record.iter().map(cell).collect();
        if fields.iter().all(String::is_empty) {
            continue;
        }
        match &columns {
            None => columns = Some(Columns::of(table, &fields).map_err(|why| vec![(line, why)])?),
            Some(columns) => match columns.read(&fields) {
                Ok(row) => rows.push(Row { line, row }),
                Err(why) => unreadable.push((line, why)),
            },
        }
    }
    if columns.is_none() {
        let none = Columns::of(table, &[]).err();
        return Err(vec![(1, none.unwrap_or_default())]);
    }
    if rows.is_empty() && unreadable.is_empty() {
        // A complete file without rows would end everything: more likely it is the wrong file.
        return Err(vec![(1, "There are no lines after the first.".to_owned())]);
    }
    if unreadable.is_empty() {
        Ok(rows)
    } else {
        Err(unreadable)
    }
}

/// A field trimmed of white space, on one line.
fn cell(field: &str) -> String {
    let around = |c: char| c.is_whitespace() || matching::is_unseen(c);
    let lines = field.split(['\n', '\r', '\u{B}', '\u{85}', '\u{2028}', '\u{2029}']);
    let lines: Vec<&str> = lines
        .map(|line| line.trim_matches(around))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(" ")
}

/// The delimiter, and the text without a line that declares it. Spreadsheets write semicolons where the comma is the
/// decimal sign, and tabs in "Unicode text".
fn divided(text: &str) -> (u8, &str) {
    let line_end = |c: char| matches!(c, '\n' | '\r');
    let first = text.split(line_end).next().unwrap_or_default();
    let said = first.trim_matches(|c: char| c == '"' || c == ' ');
    if let Some(divider) = said
        .get(..4)
        .filter(|sep| sep.eq_ignore_ascii_case("sep="))
        .and(said.get(4..))
    {
        let divider = match divider.as_bytes() {
            [] | [b'\\', b't'] => b'\t',
            [divider, ..] => *divider,
        };
        return (divider, text.get(first.len()..).unwrap_or_default());
    }
    let names = text.split(line_end).find(|line| !line.trim().is_empty());
    let count = |divider: u8| names.unwrap_or_default().matches(char::from(divider)).count();
    // `max_by_key` takes the last of equals, so the comma wins.
    let divider = [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|divider| count(*divider));
    (divider.unwrap_or(b','), text)
}

/// The offset of a quotation mark that opens a field and is never closed.
fn unclosed(text: &str, divider: u8) -> Option<usize> {
    let mut open = None;
    let mut begins = true;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((place, byte)) = bytes.next() {
        match (open, byte) {
            (Some(_), b'"') => {
                // A doubled quotation mark is one literal mark.
                if bytes.next_if(|(_, next)| *next == b'"').is_none() {
                    open = None;
                }
            }
            (Some(_), _) => {}
            (None, b'"') if begins => (open, begins) = (Some(place), false),
            (None, _) => begins = byte == divider || matches!(byte, b'\r' | b'\n'),
        }
    }
    open
}

/// The columns of a file.
struct Columns {
    /// In the order of the file; empty for a column without a name.
    names: Vec<String>,
    /// The columns that have a name.
    named: csv::StringRecord,
    required: &'static [&'static str],
}

impl Columns {
    fn of(table: Table, fields: &[String]) -> Result<Columns, String> {
        let mut names: Vec<String> = fields.iter().map(|field| matching::key(field)).collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let named = names.iter().filter(|name| !name.is_empty());
        let named: csv::StringRecord = named.collect::<Vec<_>>().into();
        check_columns(table, &named)?;
        Ok(Columns {
            names,
            named,
            required: table.columns().0,
        })
    }

    fn read<T: DeserializeOwned>(&self, fields: &[String]) -> Result<T, String> {
        let given = fields.iter().rposition(|field| !field.is_empty());
        let given = given.map(|last| last + 1).unwrap_or_default();
        let left_off = self.names.get(fields.len()..).unwrap_or_default();
        if given > self.names.len() || left_off.iter().any(|name| self.required.contains(&name.as_str())) {
            return Err(format!(
                "The line has {} fields, and the first line names {} columns.",
                given.max(fields.len().min(self.names.len())),
                self.names.len()
            ));
        }
        let mut row = csv::StringRecord::new();
        for (place, name) in self.names.iter().enumerate() {
            let field = fields.get(place).map(String::as_str).unwrap_or_default();
            if !name.is_empty() {
                row.push_field(field);
            } else if !field.is_empty() {
                return Err("There is something in a column that has no name.".to_owned());
            }
        }
        row.deserialize(Some(&self.named))
            .map_err(|error| of_another_form(&error))
    }
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

/// Counts lines while going through the text: the reader's own count misses lines that end in a lone carriage return.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(text: &str) -> Lines<'_> {
        Lines {
            text: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    /// The line at a byte offset; offsets must be asked in ascending order.
    fn at(&mut self, begins: usize) -> u64 {
        while let Some(byte) = self.text.get(self.at) {
            // The reader's offset may still be before the preceding line end.
            let before = self.at < begins || matches!(byte, b'\r' | b'\n');
            if !before {
                break;
            }
            let ended_before =
                self.at.checked_sub(1).and_then(|before| self.text.get(before)) == Some(&b'\r');
            self.line += u64::from(*byte == b'\r' || (*byte == b'\n' && !ended_before));
            self.at += 1;
        }
        self.line
    }
}

/// Names the column only: the value stays out of the message.
fn of_another_form(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => match err.kind() {
            csv::DeserializeErrorKind::Message(message) => format!("{message}."),
            _ => "A field does not have the form of its column.".to_owned(),
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
    fn a_file_is_read_as_spreadsheets_write_it() {
        let expected = Ok(vec![(2, "Noord".to_owned()), (3, "Zuid".to_owned())]);
        for text in [
            "name,kind\nNoord,branch\nZuid,branch\n",
            "name,kind\nNoord,branch\nZuid,branch",
            "\u{feff}name;kind;parent\r\nNoord;branch;\r\n Zuid ;branch;Noord\r\n",
            "name\tkind\tparent\r\nNoord\tbranch\r\nZuid\tbranch\tNoord\r\n",
            "name,kind\rNoord,branch\rZuid,branch\r",
            "NAME; Kind ;parent;;;\r\nNoord;branch;;;;\r\nZuid;branch\r\n;;;;;\r\n;;;;;\r\n\r\n",
            "name;;kind\r\nNoord;;branch\r\nZuid;;branch\r\n",
            "\"name\",\"kind\"\n\"Noord\",\"branch\"\n\"Zuid\",\"branch\"\n",
            "name;kind\r\n\u{a0}Noord\u{a0};branch\u{200B}\r\nZuid;branch\r\n\u{a0};\u{a0}\r\n\u{1a}",
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        let later = Ok(vec![(3, "Noord".to_owned()), (5, "Zuid".to_owned())]);
        for text in [
            "sep=;\r\nname;kind\r\nNoord;branch\r\n\r\nZuid;branch\r\n",
            "\"sep=,\"\nname,kind\nNoord,branch\n,\nZuid,branch\n",
            "SEP=\t\rname\tkind\rNoord\tbranch\r\rZuid\tbranch\r",
            "\r\nname;kind\r\nNoord;branch\r\n;\r\nZuid;branch\r\n",
        ] {
            assert_eq!(read(text), later, "{text:?}");
        }
        for end in ["\n", "\r", "\r\n"] {
            let over_two = ["name,kind", "\"Noord", "en Oost\",branch", "Zuid,branch", ""].join(end);
            assert_eq!(
                read(&over_two),
                Ok(vec![(2, "Noord en Oost".to_owned()), (4, "Zuid".to_owned())])
            );
        }
    }

    // I2
    #[test]
    fn the_line_that_is_wrong_is_named_however_lines_end() {
        for end in ["\n", "\r", "\r\n"] {
            for (lines, wrong) in [
                (["name;kind", "Noord;branch", "Zuid", "West;branch"], vec![3]),
                (["sep=;", "name;kind", "Noord;branch", "Zuid"], vec![4]),
                (["sep=;", "naam;kind", "Noord;branch", "Zuid;branch"], vec![2]),
                (["name;kind", "", "Noord;branch;x", "Zuid"], vec![3, 4]),
                (["name;;kind", "Noord;;branch", "", "Zuid;x;branch"], vec![4]),
                (["name;kind", "\"Noord", "en Oost\";branch", "Zuid"], vec![4]),
                (
                    ["name;kind", "Noord;branch", "\"Zuid;branch", "West;branch"],
                    vec![3],
                ),
            ] {
                let named: Vec<u64> = read(&lines.join(end))
                    .expect_err("it is wrong")
                    .into_iter()
                    .map(|(line, _)| line)
                    .collect();
                assert_eq!(named, wrong, "{lines:?} {end:?}");
            }
        }
    }

    // I2
    #[test]
    fn errors_in_the_form_of_a_file_are_reported_by_line() {
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
