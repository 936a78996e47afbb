-- The journal: what was measured, what it meant, what was done. Times are UTC microseconds.
-- Readings and events are appended and never edited; the tables below them are what readers ask,
-- written in the same transaction.

CREATE TABLE point (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,          -- the id in kitchen.yaml
    quantity TEXT NOT NULL,
    unit     TEXT NOT NULL
);

CREATE TABLE reading (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of arrival; never given out twice, so a cursor is safe
    point       INTEGER NOT NULL REFERENCES point (id),
    measured_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    value       REAL,                       -- as the device sent it, without the calibration offset; NULL when BAD
    quality     INTEGER NOT NULL,           -- 0 bad, 1 uncertain, 2 good
    reason      TEXT,
    stable      INTEGER,
    net         INTEGER,
    tare        REAL,
    flags       INTEGER NOT NULL DEFAULT 0  -- 1 retained, 2 repeated, 4 historical
);
CREATE UNIQUE INDEX reading_of_point ON reading (point, measured_at);

CREATE TABLE event (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL UNIQUE,       -- derived from what it is about, so that nothing makes it twice
    kind        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    at          INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    person      TEXT,                       -- an id, never a name
    body        TEXT NOT NULL,              -- JSON
    previous    BLOB NOT NULL,              -- hash of the event before
    hash        BLOB NOT NULL               -- SHA-256 over this row and `previous`
);
CREATE INDEX event_of_subject ON event (subject, at);

CREATE TABLE alarm (
    id              TEXT PRIMARY KEY,
    control         TEXT,
    point           TEXT,
    kind            TEXT NOT NULL,          -- limit, stale, system
    level           TEXT NOT NULL,          -- critical, warning, or what a system alarm is about
    priority        TEXT NOT NULL,
    state           TEXT NOT NULL,
    started_at      INTEGER NOT NULL,       -- the limit was crossed
    raised_at       INTEGER NOT NULL,       -- and had been for the on-delay
    known_at        INTEGER NOT NULL,       -- when the gateway could know it
    returned_at     INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    note            TEXT,
    value           REAL,
    limit_value     REAL,
    worst           REAL,
    late            INTEGER NOT NULL,
    reason          TEXT
);
CREATE INDEX alarm_not_normal ON alarm (state) WHERE state <> 'NORMAL';
CREATE INDEX alarm_of_control ON alarm (control, level, raised_at);

CREATE TABLE movement (
    id            INTEGER PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    item          TEXT NOT NULL,
    kind          TEXT NOT NULL,            -- receipt, issue, opening
    source        TEXT NOT NULL,
    destination   TEXT NOT NULL,
    quantity      TEXT NOT NULL,            -- decimal text, as all weights of this table
    before_weight TEXT NOT NULL,
    after_weight  TEXT NOT NULL,
    tare          TEXT,
    scale         TEXT NOT NULL,
    at            INTEGER NOT NULL,
    recorded_at   INTEGER NOT NULL,
    while_offline INTEGER NOT NULL
);
CREATE INDEX movement_of_item ON movement (item, at);

CREATE TABLE balance (
    item     TEXT NOT NULL,
    place    TEXT NOT NULL,
    quantity TEXT NOT NULL,
    PRIMARY KEY (item, place)
) WITHOUT ROWID;

-- Where each fold stands, so that a start goes on from here; `at` is the newest reading that is in it.
CREATE TABLE fold (
    subject TEXT PRIMARY KEY,               -- control or scale
    version TEXT NOT NULL,                  -- rule version and plan hash: another one means fold anew
    at      INTEGER NOT NULL,
    state   TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE refold_due (
    control TEXT PRIMARY KEY,
    since   INTEGER NOT NULL
) WITHOUT ROWID;

-- Messages without a usable device time are known again by this, should the broker resend them.
CREATE TABLE inbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    key     BLOB NOT NULL                   -- packet id and hash of topic and payload
);

CREATE TABLE dead_letter (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    topic  TEXT NOT NULL,
    raw    BLOB NOT NULL,
    reason TEXT NOT NULL,
    text   TEXT NOT NULL,
    at     INTEGER NOT NULL
);

CREATE TABLE sink (
    name       TEXT PRIMARY KEY,
    cursor     INTEGER NOT NULL,
    state      TEXT NOT NULL,
    last_error TEXT,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
