-- Step 6: messages are found by conversation, writer, time and file, and by the letters that are typed for others (L4).
ALTER TABLE entries ADD COLUMN folded TEXT;  -- what search reads, where the indexes read other letters in it; written when it is indexed

DROP TABLE words;
DROP TABLE parts;
DROP VIEW texts;
-- What search reads of a message. Each mark is three characters that no text has, which is one run for the index of parts: the
-- conversation, the last bytes of the writer's id, thirty days, and whether there are files.
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
    char(0xE600 + (at / 2592000000 >> 8 & 255), 0xE700 + (at / 2592000000 & 255), 0xE800) AS month,
    CASE WHEN attachments IS NOT NULL THEN char(0xE900, 0xE900, 0xE900) END AS file
  FROM entries WHERE message IS NOT NULL AND body IS NOT NULL;

-- Words and beginnings of words, for terms that are shorter than a run of the other index.
CREATE VIRTUAL TABLE words USING fts5(
  body, c, content = 'texts', content_rowid = 'rid', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3', columnsize = 0);
-- Parts of words, and marks, to find candidates by.
CREATE VIRTUAL TABLE parts USING fts5(
  body, place, writer, month, file, content = 'texts', content_rowid = 'rid', tokenize = 'trigram remove_diacritics 1',
  detail = none, columnsize = 0);
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
INSERT INTO parts (parts, rank) VALUES ('secure-delete', 1);
INSERT OR IGNORE INTO to_index (rid) SELECT rid FROM entries WHERE message IS NOT NULL AND body IS NOT NULL;

-- Namesakes are found by the family name, without regard to case (W2).
ALTER TABLE cards ADD COLUMN family TEXT GENERATED ALWAYS AS (lower(card ->> '$.name.family')) VIRTUAL;
CREATE INDEX cards_family ON cards (family);
