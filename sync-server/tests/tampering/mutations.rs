//! Changes drawn by seed: of any column, row, table, log or whole conversation.

use platform::SeededRandom;

use crate::ward::{TABLES, Ward};

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, most: usize) -> usize {
        let bytes: [u8; 8] = platform::bytes(&self.0);
        usize::try_from(u64::from_le_bytes(bytes) % most as u64).unwrap()
    }

    fn of<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The condition that picks the row at a place in the order of its key.
fn at(table: &str, key: &[&str], place: usize) -> String {
    let key = key.join(", ");
    format!("({key}) = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {place})")
}

/// One change, as SQL.
async fn mutation(ward: &mut Ward, dice: &Dice) -> Vec<String> {
    let (table, key, columns) = *dice.of(TABLES);
    let rows = ward.rows(table).await.len();
    if rows == 0 {
        return Vec::new();
    }
    let (here, there) = (dice.below(rows), dice.below(rows));
    let (this, other) = (at(table, key, here), at(table, key, there));
    let all: Vec<&str> = key.iter().chain(columns).copied().collect();
    let column = *dice.of(&all);
    let list = all.join(", ");
    let set = |value: String| vec![format!("UPDATE {table} SET {column} = {value} WHERE {this}")];
    match dice.below(12) {
        // Another value.
        0 => set(format!(
            "CASE typeof({column}) WHEN 'integer' THEN {column} + 1 WHEN 'text' THEN {column} || 'x'
             WHEN 'null' THEN randomblob(16) ELSE randomblob(length({column})) END"
        )),
        1 => set(format!(
            "CASE typeof({column}) WHEN 'integer' THEN {column} - 1 WHEN 'text' THEN substr({column}, 2)
             ELSE substr({column}, 1, length({column}) - 1) || x'00' END"
        )),
        2 => set("NULL".to_owned()),
        3 => set(format!(
            "CASE typeof({column}) WHEN 'integer' THEN 0 WHEN 'text' THEN '' ELSE zeroblob(length({column})) END"
        )),
        // A neighbour's value, and a value of before.
        4 => set(format!("(SELECT {column} FROM {table} WHERE {other})")),
        5 => set(format!(
            "(SELECT {column} FROM halfway.{table} WHERE {})",
            at(&format!("halfway.{table}"), key, there)
        )),
        // A row is gone, doubled, exchanged or as it was before.
        6 => vec![format!("DELETE FROM {table} WHERE {this}")],
        7 => {
            let values: Vec<String> = all
                .iter()
                .map(|name| {
                    if *name == key[0] {
                        format!("CASE typeof({name}) WHEN 'integer' THEN {name} + 1000 ELSE randomblob(length({name})) END")
                    } else {
                        (*name).to_owned()
                    }
                })
                .collect();
            let values = values.join(", ");
            vec![format!(
                "INSERT INTO {table} ({list}) SELECT {values} FROM {table} WHERE {this}"
            )]
        }
        8 => {
            let pick = at(&format!("halfway.{table}"), key, there);
            vec![format!(
                "INSERT OR REPLACE INTO {table} SELECT * FROM halfway.{table} WHERE {pick}"
            )]
        }
        9 => vec![
            format!("DELETE FROM {table}"),
            format!("INSERT INTO {table} SELECT * FROM halfway.{table}"),
        ],
        // The last of a log is cut off; a whole conversation is gone, or as it was before.
        10 => {
            let log = "(SELECT id FROM conversations ORDER BY id LIMIT 1 OFFSET ".to_owned()
                + &dice.below(2).to_string()
                + ")";
            let mut all = vec![
                format!("CREATE TEMP TABLE IF NOT EXISTS chosen AS SELECT {log} AS id"),
                format!("UPDATE chosen SET id = {log}"),
            ];
            let back = dice.below(2) == 0;
            for (table, column) in [
                ("events", "conversation"),
                ("states", "conversation"),
                ("takes_part", "conversation"),
                ("concerns", "conversation"),
                ("pairs", "conversation"),
                ("conversations", "id"),
            ] {
                let chosen = format!("{column} = (SELECT id FROM chosen)");
                all.push(format!("DELETE FROM {table} WHERE {chosen}"));
                if back {
                    all.push(format!(
                        "INSERT INTO {table} SELECT * FROM halfway.{table} WHERE {chosen}"
                    ));
                }
            }
            all
        }
        // Two rows exchange what they say.
        _ => vec![
            format!("CREATE TEMP TABLE IF NOT EXISTS one (value)"),
            "DELETE FROM one".to_owned(),
            format!("INSERT INTO one SELECT {column} FROM {table} WHERE {this}"),
            format!(
                "UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {other}) WHERE {this}"
            ),
            format!("UPDATE {table} SET {column} = (SELECT value FROM one) WHERE {other}"),
        ],
    }
}

/// Tries so many changes, each by itself.
async fn all_are_named(most: usize) {
    let mut ward = Ward::open().await;
    assert_eq!(ward.check().await.found, []);
    assert!(!ward.differs().await);
    let mut tried = 0;
    for seed in 0.. {
        if tried == most {
            break;
        }
        let statements = mutation(&mut ward, &Dice(SeededRandom::new(seed))).await;
        for statement in &statements {
            ward.run(statement).await;
        }
        if ward.differs().await {
            tried += 1;
            let found = ward.check().await.found;
            assert!(!found.is_empty(), "seed {seed} is not found: {statements:#?}");
            ward.restore().await;
        }
    }
    assert!(!ward.differs().await);
    assert_eq!(ward.check().await.found, []);
}

// A1, A2
#[tokio::test]
async fn each_of_two_thousand_changes_without_the_key_is_named() {
    all_are_named(2_000).await;
}
