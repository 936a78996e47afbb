-- A journal of schema 1, as its gateway left it.
BEGIN TRANSACTION;
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
INSERT INTO "alarm" VALUES('ccp-chiller.critical.1','ccp-chiller','chiller-air','limit','critical','high','ACKNOWLEDGED',1795477860000000,1795477920000000,1795477920000000,NULL,1795477980000000,'siti',NULL,7.0,5.0,9.5,0,NULL);
CREATE TABLE balance (
    item     TEXT NOT NULL,
    place    TEXT NOT NULL,
    quantity TEXT NOT NULL,
    PRIMARY KEY (item, place)
) WITHOUT ROWID;
INSERT INTO "balance" VALUES('rice','stores','25.00');
INSERT INTO "balance" VALUES('rice','supplier','-25.00');
CREATE TABLE dead_letter (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    topic  TEXT NOT NULL,
    raw    BLOB NOT NULL,
    reason TEXT NOT NULL,
    text   TEXT NOT NULL,
    at     INTEGER NOT NULL
);
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
INSERT INTO "event" VALUES(1,'gap:gateway:1','gap','gateway',1795478340000000,1795478340001000,NULL,'{"from":1795478100000000,"reason":"gateway_off","to":1795478340000000}',X'0000000000000000000000000000000000000000000000000000000000000000',X'3FD748ECCA37DB22ACC5B68636C6541EC915ED48A30DC9E39A34F9BC6D8C2921');
INSERT INTO "event" VALUES(2,'note:1','corrective_action','ccp-chiller',1795478580000000,1795478580001000,'siti','{"text":"pintu ditutup","who":"siti"}',X'3FD748ECCA37DB22ACC5B68636C6541EC915ED48A30DC9E39A34F9BC6D8C2921',X'4AF9F8F372503472EB6BB11598CC8B7273EDBAFD2C23C199980E14F05C5A6484');
CREATE TABLE fold (
    subject TEXT PRIMARY KEY,               -- control or scale
    version TEXT NOT NULL,                  -- rule version and plan hash: another one means fold anew
    at      INTEGER NOT NULL,
    state   TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE inbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    key     BLOB NOT NULL                   -- packet id and hash of topic and payload
);
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "meta" VALUES('alive_at','1795479120000000');
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
INSERT INTO "movement" VALUES(1,'bin-weight:rice:1','rice','receipt','supplier','stores','25.00','0','25.00',NULL,'bin-weight',1795478400000000,1795478400000000,0);
CREATE TABLE point (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,          -- the id in kitchen.yaml
    quantity TEXT NOT NULL,
    unit     TEXT NOT NULL
);
INSERT INTO "point" VALUES(1,'chiller-air','temperature','Cel');
INSERT INTO "point" VALUES(2,'bin-weight','weight','kg');
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
INSERT INTO "reading" VALUES(1,1,1795478400000000,1795478400250000,3.4,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(2,1,1795478460000000,1795478460250000,3.5,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(3,1,1795478520000000,1795478520250000,3.6,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(4,1,1795478580000000,1795478580250000,3.69999999999999973354e+00,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(5,1,1795478640000000,1795478640250000,3.8,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(6,1,1795478700000000,1795478700250000,3.9,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(7,1,1795478760000000,1795478760250000,4.0,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(8,1,1795478820000000,1795478820250000,NULL,0,'sensor_failure',NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(9,1,1795478880000000,1795478880250000,4.2,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(10,1,1795478940000000,1795478940250000,4.3,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(11,1,1795479000000000,1795479000250000,4.4,2,NULL,NULL,NULL,NULL,0);
INSERT INTO "reading" VALUES(12,1,1795479060000000,1795479060250000,4.5,2,NULL,NULL,NULL,NULL,0);
CREATE TABLE refold_due (
    control TEXT PRIMARY KEY,
    since   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE sink (
    name       TEXT PRIMARY KEY,
    cursor     INTEGER NOT NULL,
    state      TEXT NOT NULL,
    last_error TEXT,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "sink" VALUES('influxdb',5,'ok',NULL,1795478400000000);
CREATE UNIQUE INDEX reading_of_point ON reading (point, measured_at);
CREATE INDEX event_of_subject ON event (subject, at);
CREATE INDEX alarm_not_normal ON alarm (state) WHERE state <> 'NORMAL';
CREATE INDEX alarm_of_control ON alarm (control, level, raised_at);
CREATE INDEX movement_of_item ON movement (item, at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('reading',12);
INSERT INTO "sqlite_sequence" VALUES('event',2);
COMMIT;
PRAGMA user_version = 1;
