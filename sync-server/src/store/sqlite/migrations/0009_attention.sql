-- The last mails to a person about a conversation: an attention mail, and a reminder of what was unread for days.
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
-- A letter that may or may not have been sent: the marks that it leaves, one row for each conversation.
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
-- Addresses that the mail server refused for good.
CREATE TABLE refused_addresses (
    membership BLOB    NOT NULL PRIMARY KEY CHECK (length(membership) = 16),
    address    BLOB    NOT NULL CHECK (length(address) = 32), -- a MAC: another address of the membership is another
    reply      TEXT    NOT NULL,                              -- codes alone
    at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Since when mail is on: nothing from before is mailed. No row while it is off.
CREATE TABLE mail_since (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;
