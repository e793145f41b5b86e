-- Files of messages. Which conversation a file is of, and which bytes it has, is bound to its wrapped key.
CREATE TABLE attachments (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person       BLOB    NOT NULL,
    conversation BLOB    NOT NULL,
    size         INTEGER NOT NULL,
    received     INTEGER NOT NULL,
    held_back    BLOB    NOT NULL, -- sealed
    sha256       BLOB    CHECK (length(sha256) = 32),
    wrapped      BLOB    NOT NULL,
    data_key     BLOB,             -- absent while the master key wraps it
    message      INTEGER,          -- absent while no message names it
    listed       INTEGER,          -- the message or its last edit, whose content lists it
    begun_at     INTEGER NOT NULL,
    refused      INTEGER NOT NULL,
    dropped      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attachments_by_message ON attachments (conversation, message) WHERE message IS NOT NULL;

CREATE INDEX attachments_unnamed ON attachments (person) WHERE message IS NULL;

CREATE INDEX attachments_by_age ON attachments (begun_at) WHERE message IS NULL;
