-- MACs of the server over rows that decide who may do or see what, and one sealed row that says how many there are.
ALTER TABLE events ADD COLUMN mac BLOB;
ALTER TABLE conversations ADD COLUMN mac BLOB;
ALTER TABLE organisation_events ADD COLUMN mac BLOB;
ALTER TABLE accounts ADD COLUMN mac BLOB;
ALTER TABLE invitations ADD COLUMN mac BLOB;
ALTER TABLE sessions ADD COLUMN mac BLOB;
ALTER TABLE sources ADD COLUMN mac BLOB;
ALTER TABLE aliases ADD COLUMN mac BLOB;

CREATE TABLE tally (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    sealed BLOB    NOT NULL
) STRICT;

-- By these the rows that are derived from a conversation's log are compared with it.
CREATE INDEX takes_part_by_conversation ON takes_part (conversation);
CREATE INDEX concerns_by_conversation ON concerns (conversation);
CREATE INDEX pairs_by_conversation ON pairs (conversation);
