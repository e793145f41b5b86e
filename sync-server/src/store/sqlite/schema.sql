CREATE TABLE accounts (
    person     BLOB    NOT NULL PRIMARY KEY CHECK (length(person) = 16),
    login      TEXT    NOT NULL UNIQUE, -- a work e-mail address in lower case
    password   TEXT,                    -- Argon2id as a PHC string; absent until an invitation is accepted
    created_at INTEGER NOT NULL,
    ended_at   INTEGER                  -- absent while the account stands
, mac BLOB) STRICT, WITHOUT ROWID;

CREATE TABLE aliases (
    person       BLOB    NOT NULL,
    alias        BLOB    NOT NULL,
    conversation BLOB    NOT NULL,
    lane         INTEGER NOT NULL, mac BLOB, -- the order of acceptance of what is no event
    PRIMARY KEY (person, alias)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
    account      BLOB    NOT NULL,
    command      BLOB    NOT NULL,
    digest       BLOB    NOT NULL,
    answer       TEXT    NOT NULL, -- JSON of ids and codes
    at           INTEGER NOT NULL,
    refused      INTEGER NOT NULL,
    conversation BLOB    NOT NULL, -- what it was about,
    message      BLOB,             -- the message that it would have made,
    starts       INTEGER NOT NULL, -- and whether it would have started the conversation
    PRIMARY KEY (account, command)
) STRICT, WITHOUT ROWID;

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
, name BLOB NOT NULL DEFAULT x'', unchecked INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

CREATE TABLE attention (
    person            BLOB NOT NULL CHECK (length(person) = 16),
    conversation      BLOB NOT NULL CHECK (length(conversation) = 16),
    attention_read    INTEGER,          -- their read marker at that mail; absent without one
    attention_through INTEGER,          -- the last number in it
    reminder_read     INTEGER,
    reminder_through  INTEGER,
    at                INTEGER NOT NULL, -- of the later of the two
    PRIMARY KEY (person, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE concerns (
    thing        BLOB NOT NULL CHECK (length(thing) = 16), -- the id of the team or item
    conversation BLOB NOT NULL,
    PRIMARY KEY (thing, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE "conversations" (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    last     INTEGER NOT NULL, -- number of the last event
    link     BLOB    NOT NULL CHECK (length(link) = 32),
    last_at  INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the last event
    key      BLOB    NOT NULL  -- of `keys`
, mac BLOB) STRICT, WITHOUT ROWID;

CREATE TABLE "events" (
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
, mac BLOB) STRICT;

CREATE TABLE invitations (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32), -- of the code
    person     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER                  -- when it was accepted, or a later one took its place
, mac BLOB) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind         TEXT    NOT NULL,
    name         TEXT    UNIQUE,           -- of a name there is one job at a time
    payload      TEXT    NOT NULL,         -- JSON of ids and codes
    due          INTEGER NOT NULL,         -- when it can be leased next: at the end of its lease while it has one
    attempt      INTEGER NOT NULL          -- counts its leases
, wanted INTEGER, fault TEXT, failures INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

CREATE TABLE "keys" (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    scope   BLOB    NOT NULL CHECK (length(scope) = 16), -- the conversation or organisation
    year    INTEGER NOT NULL,
    wrapped BLOB    NOT NULL,
    UNIQUE (scope, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE letters (
    person            BLOB NOT NULL CHECK (length(person) = 16),
    conversation      BLOB NOT NULL CHECK (length(conversation) = 16),
    letter            BLOB NOT NULL CHECK (length(letter) = 16),
    membership        BLOB NOT NULL CHECK (length(membership) = 16),
    attention_read    INTEGER,
    attention_through INTEGER,
    reminder_read     INTEGER,
    reminder_through  INTEGER,
    PRIMARY KEY (person, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail_since (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;

CREATE TABLE "organisation_events" (
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
, mac BLOB) STRICT;

CREATE TABLE pairs (
    low          BLOB NOT NULL,
    high         BLOB NOT NULL,
    conversation BLOB NOT NULL,
    PRIMARY KEY (low, high)
) STRICT, WITHOUT ROWID;

CREATE TABLE personal (
    person BLOB    NOT NULL,
    field  TEXT    NOT NULL,
    value  TEXT    NOT NULL, -- JSON; null where it was cleared
    lane   INTEGER NOT NULL,
    PRIMARY KEY (person, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE positions (
    person       BLOB    NOT NULL,
    conversation BLOB    NOT NULL,
    number       INTEGER NOT NULL,
    lane         INTEGER NOT NULL,
    PRIMARY KEY (person, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused_addresses (
    membership BLOB    NOT NULL PRIMARY KEY CHECK (length(membership) = 16),
    address    BLOB    NOT NULL CHECK (length(address) = 32), -- a MAC: another address of the membership is another
    reply      TEXT    NOT NULL,                              -- codes alone
    at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE server (
    one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    created_at INTEGER NOT NULL, -- milliseconds since 1970 in UTC, as all that end in _at
    epoch      INTEGER NOT NULL, -- counts the restores; 1 at first
    secret     BLOB    NOT NULL  -- the server's secret, wrapped by the master key
) STRICT;

CREATE TABLE sessions (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person       BLOB    NOT NULL,
    device       BLOB    NOT NULL,
    device_name  TEXT    NOT NULL,
    platform     TEXT    NOT NULL,
    generation   INTEGER NOT NULL, -- of the refresh token that was issued last
    begun_at     INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ended_at     INTEGER           -- absent while it stands
, mac BLOB, end_reason TEXT) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32), -- of the key
    created_at   INTEGER NOT NULL,
    ended_at     INTEGER                  -- absent while it stands
, mac BLOB) STRICT, WITHOUT ROWID;

CREATE TABLE states (
    conversation BLOB    NOT NULL PRIMARY KEY,
    number       INTEGER NOT NULL, -- of the event that changed it last
    sealed       BLOB    NOT NULL  -- under the conversation's key
) STRICT, WITHOUT ROWID;

CREATE TABLE takes_part (
    person       BLOB    NOT NULL,
    conversation BLOB    NOT NULL,
    open         INTEGER NOT NULL,
    position     INTEGER NOT NULL, -- of the event that changed it last
    PRIMARY KEY (person, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    sealed BLOB    NOT NULL
) STRICT;

CREATE TABLE urgent_messages (
    conversation BLOB    NOT NULL CHECK (length(conversation) = 16),
    number       INTEGER NOT NULL,
    person       BLOB    NOT NULL CHECK (length(person) = 16),
    membership   BLOB    NOT NULL CHECK (length(membership) = 16),
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX aliases_by_lane ON aliases (lane);

CREATE INDEX answers_by_conversation ON answers (account, conversation);

CREATE INDEX attachments_by_age ON attachments (begun_at) WHERE message IS NULL;

CREATE INDEX attachments_by_message ON attachments (conversation, message) WHERE message IS NOT NULL;

CREATE INDEX attachments_by_person ON attachments (person, begun_at, size);

CREATE INDEX attachments_unchecked ON attachments (begun_at) WHERE unchecked = 1;

CREATE INDEX attachments_unnamed ON attachments (person) WHERE message IS NULL;

CREATE INDEX concerns_by_conversation ON concerns (conversation);

CREATE UNIQUE INDEX events_by_command ON events (command, account) WHERE command IS NOT NULL;

CREATE UNIQUE INDEX events_by_message ON events (message, conversation) WHERE message IS NOT NULL;

CREATE UNIQUE INDEX events_by_place ON events (conversation, number);

CREATE INDEX events_by_target ON events (conversation, target) WHERE target IS NOT NULL;

CREATE INDEX invitations_by_person ON invitations (person);

CREATE INDEX jobs_by_kind ON jobs (kind, due);

CREATE UNIQUE INDEX organisation_events_by_place ON organisation_events (organisation, number);

CREATE INDEX pairs_by_conversation ON pairs (conversation);

CREATE INDEX personal_by_lane ON personal (lane);

CREATE INDEX personal_by_person ON personal (person, lane);

CREATE INDEX positions_by_conversation ON positions (conversation);

CREATE INDEX positions_by_lane ON positions (lane);

CREATE INDEX positions_by_person ON positions (person, lane);

CREATE INDEX refusals_by_age ON answers (at) WHERE refused = 1;

CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX sessions_by_person ON sessions (person);

CREATE INDEX takes_part_by_conversation ON takes_part (conversation);

CREATE INDEX urgent_by_person ON urgent_messages (person, at);

