-- Step 4: files of messages (M6). Their bytes lie sealed in files beside this one, and their keys here.
ALTER TABLE entries ADD COLUMN attachments TEXT;  -- JSON list of Attachment, where the message or its last edit lists some
CREATE INDEX entries_attachments ON entries (conversation, number) WHERE attachments IS NOT NULL AND message IS NOT NULL;

-- The names of files are found with the text (L4).
DROP VIEW texts;
CREATE VIEW texts AS
  SELECT rid,
    CASE WHEN attachments IS NULL THEN body
         ELSE body || char(10) || (SELECT group_concat(value ->> '$.name', char(10)) FROM json_each(attachments)) END AS body,
    'c' || conversation AS c
  FROM entries WHERE message IS NOT NULL AND body IS NOT NULL;

CREATE TABLE files (
  id BLOB PRIMARY KEY NOT NULL,      -- AttachmentId
  conversation BLOB,                 -- ConversationId; NULL while it is gathered for a new one
  origin INTEGER NOT NULL,           -- 0 gathered, 1 of a command in the outbox, 2 listed by a message
  number INTEGER,                    -- the message that lists it
  at INTEGER NOT NULL,               -- when that was accepted; until then, when the file came
  place INTEGER NOT NULL,            -- the order within a draft or message
  preview_of BLOB,                   -- AttachmentId of the file that this is a preview of
  size INTEGER,                      -- bytes; NULL of a preview that is not here
  sha256 BLOB,                       -- digest of the plain bytes, where it is known
  file BLOB,                         -- random name of the sealed file; NULL while nothing of it is here
  key BLOB,                          -- its key
  received INTEGER NOT NULL,         -- bytes that are here
  whole INTEGER NOT NULL,            -- 0 or 1
  last_used INTEGER NOT NULL,        -- when it was last opened
  pinned INTEGER NOT NULL,           -- 0 or 1; stays here
  wanted INTEGER NOT NULL,           -- 0 or 1; somebody asked for it
  not_before INTEGER NOT NULL,       -- is not fetched before
  rest TEXT NOT NULL                 -- JSON of what no query asks for
) STRICT;
CREATE INDEX files_number ON files (conversation, number) WHERE number IS NOT NULL;
CREATE INDEX files_unsent ON files (place, id) WHERE origin <> 2;
CREATE INDEX files_preview_of ON files (preview_of) WHERE preview_of IS NOT NULL;
CREATE INDEX files_wanted ON files (last_used DESC, id) WHERE origin = 2 AND whole = 0 AND wanted = 1;
CREATE INDEX files_previews ON files (at DESC, id) WHERE origin = 2 AND whole = 0 AND preview_of IS NOT NULL;
CREATE INDEX files_missing ON files (at DESC, id) WHERE origin = 2 AND whole = 0 AND preview_of IS NULL;
CREATE INDEX files_kept ON files (last_used, id, size, pinned, preview_of) WHERE origin = 2 AND whole = 1;

CREATE TABLE uploads (
  id BLOB PRIMARY KEY NOT NULL,      -- AttachmentId
  row TEXT NOT NULL                  -- JSON of UploadRow
) STRICT, WITHOUT ROWID;
