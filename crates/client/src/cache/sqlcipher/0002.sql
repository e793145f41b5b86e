-- Step 2: whom messages mention is found without reading them all (L2).
CREATE INDEX entries_mentions ON entries (conversation, number, mentions) WHERE mentions IS NOT NULL;
