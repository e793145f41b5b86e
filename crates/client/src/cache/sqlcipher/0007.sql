-- Step 7: the words that the index of words has, each once, so that those that have a part in them are asked of it by name (L4).
CREATE TABLE vocabulary (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Pieces of an index are merged when nothing else is to be done, two of a size at a time.
INSERT INTO words (words, rank) VALUES ('usermerge', 2);
INSERT INTO parts (parts, rank) VALUES ('usermerge', 2);

-- All texts are indexed anew, which writes their words.
INSERT INTO words (words) VALUES ('delete-all');
INSERT INTO parts (parts) VALUES ('delete-all');
INSERT OR IGNORE INTO to_index (rid) SELECT rid FROM entries WHERE message IS NOT NULL AND body IS NOT NULL;
