-- Keys are named by ids that are drawn, no longer numbered: several servers can make them. A number becomes the id that
-- ends in it.
CREATE TABLE new_keys (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    scope   BLOB    NOT NULL CHECK (length(scope) = 16), -- the conversation or organisation
    year    INTEGER NOT NULL,
    wrapped BLOB    NOT NULL,
    UNIQUE (scope, year)
) STRICT, WITHOUT ROWID;
INSERT INTO new_keys SELECT unhex(printf('%032x', id)), scope, year, wrapped FROM keys;
DROP TABLE keys;
ALTER TABLE new_keys RENAME TO keys;

CREATE TABLE new_conversations (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    last     INTEGER NOT NULL, -- number of the last event
    link     BLOB    NOT NULL CHECK (length(link) = 32),
    last_at  INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the last event
    key      BLOB    NOT NULL  -- of `keys`
) STRICT, WITHOUT ROWID;
INSERT INTO new_conversations
SELECT id, last, link, last_at, position, unhex(printf('%032x', key)) FROM conversations;
DROP TABLE conversations;
ALTER TABLE new_conversations RENAME TO conversations;

CREATE TABLE new_events (
    position           INTEGER NOT NULL PRIMARY KEY, -- the order of acceptance over all conversations
    conversation       BLOB    NOT NULL CHECK (length(conversation) = 16),
    number             INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    epoch              INTEGER NOT NULL, -- of the server when it accepted the event
    header             TEXT    NOT NULL, -- the JSON that was hashed
    header_salt        BLOB    NOT NULL,
    content            BLOB    NOT NULL, -- sealed: salt and the JSON that was hashed
    content_commitment BLOB    NOT NULL,
    audit              BLOB    NOT NULL, -- sealed: salt and the JSON that was hashed
    audit_commitment   BLOB    NOT NULL,
    body               BLOB    NOT NULL,
    link               BLOB    NOT NULL,
    key                BLOB    NOT NULL, -- that seals content and audit: an edit has its target's
    current            INTEGER NOT NULL, -- 1 while the content is served
    message            BLOB,             -- of a message: its id
    target             INTEGER,          -- of an edit or deletion: the number of the message
    account            BLOB,             -- of the last event of a command: whose it was,
    command            BLOB,             -- its id,
    digest             BLOB              -- and the digest of what was asked
) STRICT;
INSERT INTO new_events
SELECT position, conversation, number, version, epoch, header, header_salt, content, content_commitment, audit,
    audit_commitment, body, link, unhex(printf('%032x', key)), current, message, target, account, command, digest
FROM events;
DROP TABLE events;
ALTER TABLE new_events RENAME TO events;
CREATE UNIQUE INDEX events_by_place ON events (conversation, number);
-- Ids of messages and commands are made in the order of time (UUIDv7): led by them, an index grows at its end.
CREATE UNIQUE INDEX events_by_message ON events (message, conversation) WHERE message IS NOT NULL;
CREATE INDEX events_by_target ON events (conversation, target) WHERE target IS NOT NULL;
CREATE UNIQUE INDEX events_by_command ON events (command, account) WHERE command IS NOT NULL;

CREATE TABLE new_organisation_events (
    position           INTEGER NOT NULL PRIMARY KEY, -- the order over all organisations
    organisation       BLOB    NOT NULL CHECK (length(organisation) = 16),
    number             INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    header             TEXT    NOT NULL,
    header_salt        BLOB    NOT NULL,
    content            BLOB    NOT NULL, -- sealed, as in events
    content_commitment BLOB    NOT NULL,
    audit              BLOB    NOT NULL,
    audit_commitment   BLOB    NOT NULL,
    link               BLOB    NOT NULL,
    key                BLOB    NOT NULL
) STRICT;
INSERT INTO new_organisation_events
SELECT position, organisation, number, version, header, header_salt, content, content_commitment, audit,
    audit_commitment, link, unhex(printf('%032x', key))
FROM organisation_events;
DROP TABLE organisation_events;
ALTER TABLE new_organisation_events RENAME TO organisation_events;
CREATE UNIQUE INDEX organisation_events_by_place ON organisation_events (organisation, number);
