-- Work to be done later. A job that is leased to a worker is due again at the end of its lease.
CREATE TABLE jobs (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind         TEXT    NOT NULL,
    name         TEXT    UNIQUE,           -- of a name there is one job at a time
    payload      TEXT    NOT NULL,         -- JSON of ids and codes
    due          INTEGER NOT NULL,         -- when it can be leased next: at the end of its lease while it has one
    attempt      INTEGER NOT NULL          -- counts its leases
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_due ON jobs (due);
