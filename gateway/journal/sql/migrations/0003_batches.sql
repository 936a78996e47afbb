-- Batches of food, what they were judged to be, and readings that people typed. Times are UTC microseconds.

CREATE TABLE batch (
    id        TEXT PRIMARY KEY,
    product   TEXT NOT NULL,
    state     TEXT NOT NULL,                -- proposed, open, closed, declined
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    body      TEXT NOT NULL                 -- JSON: the whole batch with its marks
) WITHOUT ROWID;
CREATE INDEX batch_opened ON batch (opened_at);

-- Appended, never edited: the newest row of a batch (or control point), control and source is the one that stands.
CREATE TABLE verdict (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    batch        TEXT NOT NULL,             -- id of a batch, or of a control point for a reading typed for its point
    control      TEXT NOT NULL,
    source       TEXT NOT NULL,             -- sensor, typed
    verdict      TEXT NOT NULL,
    action       TEXT,
    decided_at   INTEGER,
    final        INTEGER NOT NULL,
    late         INTEGER NOT NULL,          -- readings that came after their time led to it
    computed_at  INTEGER NOT NULL,
    supersedes   TEXT,                      -- key of the verdict that stood before
    profile      TEXT NOT NULL,
    profile_hash TEXT NOT NULL,
    approved_by  TEXT,                      -- NULL: default profile, not approved
    trace_hash   TEXT NOT NULL,
    body         TEXT NOT NULL              -- JSON: measures, reasons, limits, overrides
);
CREATE INDEX verdict_of_batch ON verdict (batch, control, source, id);

CREATE TABLE typed_reading (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    batch       TEXT,
    point       TEXT,
    step        TEXT NOT NULL,              -- core, delivery, recheck
    at          INTEGER NOT NULL,
    value       REAL NOT NULL,
    instrument  TEXT NOT NULL,
    person      TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
);
CREATE INDEX typed_reading_of_batch ON typed_reading (batch, at);

ALTER TABLE alarm ADD COLUMN batch TEXT;    -- of an alarm about a batch; `control` is the kind of control then
