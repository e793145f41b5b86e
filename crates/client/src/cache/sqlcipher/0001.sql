-- Step 1: everything. A step is never edited once it was shipped; a change is a new step.
-- Ids are the sixteen bytes of a UUID, times milliseconds since 1970 in UTC. NULL stands for "there is none".

-- What a conversation is called within this file, and the places held of it; there before and without its row.
CREATE TABLE held (
  conversation INTEGER PRIMARY KEY,  -- short, since every entry repeats it
  id BLOB NOT NULL UNIQUE,           -- ConversationId
  segments TEXT NOT NULL,            -- JSON list of Segment, ascending
  segment_from INTEGER,              -- where there is exactly one segment: its first place
  segment_to INTEGER                 -- and its last
) STRICT;

CREATE TABLE conversations (
  conversation INTEGER PRIMARY KEY,  -- held.conversation
  id BLOB NOT NULL UNIQUE,           -- held.id, to break ties in an order
  last INTEGER NOT NULL,             -- the last event known of, 0 while the start waits
  anchor INTEGER NOT NULL,           -- the place after which one's view begins
  read INTEGER NOT NULL,             -- how far one has read
  read_sent INTEGER NOT NULL,        -- how far the server knows
  wanted INTEGER NOT NULL,           -- whether places are to be asked for again; which, says rest
  last_at INTEGER NOT NULL,          -- what the overview orders by
  last_message INTEGER,              -- the last message one sees
  unread INTEGER NOT NULL,           -- messages not read yet
  archived_at INTEGER,               -- L3: archived for oneself at this number
  aside INTEGER NOT NULL,            -- 0 or 1; P7: seen inside its item, without taking part
  direct_low BLOB,                   -- of a direct conversation without a subject: the lesser of its two
  direct_high BLOB,                  -- and the greater
  segment_from INTEGER,              -- as in held, so that unsettled is one index
  segment_to INTEGER,                -- as in held
  rest TEXT NOT NULL,                -- JSON of what no query asks for
  -- L3: 1 where it is archived, which a later message ends; 2 where the overview does not list it at all.
  archived INTEGER NOT NULL GENERATED ALWAYS AS
    (CASE WHEN aside THEN 2
          ELSE archived_at IS NOT NULL AND coalesce(last_message, 0) <= archived_at END) VIRTUAL,
  -- The engine has something to do: places wanted, a read position to tell, a hole.
  unsettled INTEGER NOT NULL GENERATED ALWAYS AS
    (last > 0 AND (wanted OR read > read_sent OR
      CASE WHEN segment_from IS NULL THEN last > anchor
           ELSE segment_from <> anchor + 1 OR segment_to <> last END)) VIRTUAL
) STRICT;
CREATE INDEX conversations_overview ON conversations (archived, last_at DESC, id DESC);
CREATE INDEX conversations_unread ON conversations (archived, last_at DESC, id DESC) WHERE unread > 0;
CREATE INDEX conversations_unsettled ON conversations (last_at DESC, id DESC) WHERE unsettled = 1;
CREATE INDEX conversations_direct ON conversations (direct_low, direct_high, id) WHERE direct_low IS NOT NULL;

CREATE TABLE entries (
  rid INTEGER PRIMARY KEY,           -- roughly the order of time, dense: new ones ascend above 0, older history descends below
  conversation INTEGER NOT NULL,     -- held.conversation
  number INTEGER NOT NULL,           -- the place in the conversation
  sender BLOB NOT NULL,              -- MembershipId of who acted
  at INTEGER NOT NULL,               -- when the server accepted it
  message BLOB,                      -- MessageId, of a message alone
  is_message INTEGER NOT NULL,       -- 0 or 1; whether message is there, for the index that counts
  reply_to INTEGER,                  -- the place that a message quotes
  written_at INTEGER,                -- when a message that waited was written
  kind TEXT,                         -- JSON of the kind, of all but messages
  target INTEGER,                    -- of an edit or deletion: the place it is about; else it is shown in the timeline
  body TEXT,                         -- the text that stands
  mentions TEXT,                     -- JSON list of MembershipId, where the text mentions someone
  edited INTEGER NOT NULL,           -- 0 or 1
  deleted INTEGER NOT NULL           -- 0 or 1
) STRICT;
CREATE UNIQUE INDEX entries_number ON entries (conversation, number);
CREATE UNIQUE INDEX entries_message ON entries (conversation, message) WHERE message IS NOT NULL;
-- Holds all that counting unread messages asks.
CREATE INDEX entries_unread ON entries (conversation, is_message, number, sender);
CREATE INDEX entries_target ON entries (conversation, target, number) WHERE target IS NOT NULL;

-- Messages that search does not reach yet.
CREATE TABLE to_index (
  rid INTEGER PRIMARY KEY            -- entries.rid
) STRICT;

-- What search reads of a message: the text, and its conversation as a word.
CREATE VIEW texts AS
  SELECT rid, body, 'c' || conversation AS c FROM entries WHERE message IS NOT NULL AND body IS NOT NULL;

-- Words and beginnings of words; the text itself stays in entries alone.
CREATE VIRTUAL TABLE words USING fts5(
  body, c, content = 'texts', content_rowid = 'rid', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
-- Parts of words, to find candidates by.
CREATE VIRTUAL TABLE parts USING fts5(
  body, content = 'texts', content_rowid = 'rid', tokenize = 'trigram remove_diacritics 1', detail = none);
-- What is deleted leaves the index with the commit, not with a merge some day.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
INSERT INTO parts (parts, rank) VALUES ('secure-delete', 1);

CREATE TABLE aliases (
  id BLOB PRIMARY KEY NOT NULL,      -- ConversationId that was
  target BLOB NOT NULL               -- ConversationId that is
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_target ON aliases (target);

CREATE TABLE cards (
  membership BLOB PRIMARY KEY NOT NULL,  -- MembershipId
  card TEXT NOT NULL                     -- JSON of Card
) STRICT, WITHOUT ROWID;

CREATE TABLE teams (
  team BLOB PRIMARY KEY NOT NULL,        -- TeamId
  card TEXT NOT NULL                     -- JSON of TeamCard
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  place INTEGER PRIMARY KEY,         -- the order in which commands were given
  command BLOB NOT NULL,             -- CommandId
  conversation BLOB NOT NULL,        -- ConversationId that it stands in; counts where the JSON says otherwise
  row TEXT NOT NULL                  -- JSON of OutboxRow
) STRICT;
CREATE INDEX outbox_command ON outbox (command, place);
CREATE INDEX outbox_conversation ON outbox (conversation, place);

CREATE TABLE drafts (
  conversation BLOB NOT NULL UNIQUE, -- ConversationId; counts where the JSON says otherwise
  row TEXT NOT NULL                  -- JSON of DraftRow
) STRICT;

CREATE TABLE rescued (
  id BLOB NOT NULL UNIQUE,           -- MessageId
  row TEXT NOT NULL                  -- JSON of RescuedRow
) STRICT;

CREATE TABLE meta (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
