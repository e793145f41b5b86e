-- Step 3: what was deleted before it was read is not unread (M4).
DROP INDEX entries_unread;
-- Holds all that counting unread messages asks.
CREATE INDEX entries_unread ON entries (conversation, is_message, number, sender, deleted);
UPDATE conversations SET unread = (SELECT count(*) FROM entries
    WHERE entries.conversation = conversations.conversation AND is_message = 1 AND deleted = 0
    AND number > conversations.read AND sender NOT IN (SELECT unhex(replace(value, '-', ''))
      FROM json_each((SELECT value FROM meta WHERE key = 'me'), '$.memberships')))
  WHERE unread > 0 AND EXISTS (SELECT 1 FROM meta WHERE key = 'me');
