-- Urgent messages, as they stand in the logs: they are limited and counted by it.
CREATE TABLE urgent_messages (
    conversation BLOB    NOT NULL CHECK (length(conversation) = 16),
    number       INTEGER NOT NULL,
    person       BLOB    NOT NULL CHECK (length(person) = 16),
    membership   BLOB    NOT NULL CHECK (length(membership) = 16),
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX urgent_by_person ON urgent_messages (person, at);
