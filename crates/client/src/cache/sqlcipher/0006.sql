-- Step 6: messages are found by conversation, writer, time and file, and by the letters that are typed for others (L4).
ALTER TABLE entries ADD COLUMN folded TEXT;  -- what search reads, where the indexes read other letters in it; written when it is indexed

CREATE INDEX cards_person ON cards (card ->> '$.person', membership);  -- all memberships of a person whose messages are looked for

DROP TABLE words;
DROP TABLE parts;
DROP VIEW texts;
-- What search reads of a message. Each mark is three characters that no text has, which is one run for the index of parts: the
-- conversation, the last bytes of the writer's id, the day, the five, thirty and 360 days in which it stands (of what is older than 2015,
-- those of its first), and whether there are files.
CREATE VIEW texts AS
  SELECT rid,
    coalesce(folded,
      CASE WHEN attachments IS NULL THEN body
           ELSE body || char(10) || (SELECT group_concat(value ->> '$.name', char(10)) FROM json_each(attachments)) END) AS body,
    'c' || conversation AS c,
    char(0xE000 + (conversation >> 16 & 255), 0xE100 + (conversation >> 8 & 255), 0xE200 + (conversation & 255)) AS place,
    char(0xE300 + 16 * instr('123456789ABCDEF', substr(hex(sender), 27, 1)) + instr('123456789ABCDEF', substr(hex(sender), 28, 1)),
         0xE400 + 16 * instr('123456789ABCDEF', substr(hex(sender), 29, 1)) + instr('123456789ABCDEF', substr(hex(sender), 30, 1)),
         0xE500 + 16 * instr('123456789ABCDEF', substr(hex(sender), 31, 1)) + instr('123456789ABCDEF', substr(hex(sender), 32, 1)))
      AS writer,
    char(0xEA00 + (max(at / 86400000, 16560) >> 8 & 255), 0xEB00 + (max(at / 86400000, 16560) & 255), 0xEC00) AS day,
    char(0xED00 + (max(at / 86400000, 16560) / 5 >> 8 & 255), 0xEE00 + (max(at / 86400000, 16560) / 5 & 255), 0xEF00) AS five,
    char(0xE600 + (max(at / 86400000, 16560) / 30 >> 8 & 255), 0xE700 + (max(at / 86400000, 16560) / 30 & 255), 0xE800) AS month,
    char(0xF000 + (max(at / 86400000, 16560) / 360 >> 8 & 255), 0xF100 + (max(at / 86400000, 16560) / 360 & 255), 0xF200) AS year,
    CASE WHEN attachments IS NOT NULL THEN char(0xE900, 0xE900, 0xE900) END AS file
  FROM entries WHERE message IS NOT NULL AND body IS NOT NULL;

-- Words and beginnings of words, for terms that are shorter than a run of the other index.
CREATE VIRTUAL TABLE words USING fts5(
  body, c, content = 'texts', content_rowid = 'rid', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', columnsize = 0);
-- Parts of words, and marks, to find candidates by.
CREATE VIRTUAL TABLE parts USING fts5(
  body, place, writer, day, five, month, year, file, content = 'texts', content_rowid = 'rid', tokenize = 'trigram remove_diacritics 1',
  detail = none, columnsize = 0);
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
INSERT INTO parts (parts, rank) VALUES ('secure-delete', 1);
INSERT OR IGNORE INTO to_index (rid) SELECT rid FROM entries WHERE message IS NOT NULL AND body IS NOT NULL;

-- Namesakes are found by the family name, without regard to case (W2).
ALTER TABLE cards ADD COLUMN family TEXT GENERATED ALWAYS AS (lower(card ->> '$.name.family')) VIRTUAL;
CREATE INDEX cards_family ON cards (family);
