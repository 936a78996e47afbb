-- Sealed hours. A chunk holds an hour of one point, or what came later of it (part 2, 3, …), exactly; its hash stands in
-- the event `hour_sealed`. Times are UTC microseconds.

CREATE TABLE chunk (
    id        INTEGER PRIMARY KEY,
    point     INTEGER NOT NULL REFERENCES point (id),
    hour      INTEGER NOT NULL,             -- its first microsecond
    part      INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    usable_at INTEGER,                      -- of the newest good reading
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,             -- rows of the point and hour up to here are in its chunks
    in_rows   INTEGER NOT NULL,             -- 1: its readings stand in `reading` as well
    body      BLOB NOT NULL
);
CREATE UNIQUE INDEX chunk_of_hour ON chunk (point, hour, part);
CREATE INDEX chunk_in_place_of_rows ON chunk (point, hour) WHERE in_rows = 0;
CREATE INDEX chunk_by_arrival ON chunk (last_seq, first_seq) WHERE in_rows = 0;
CREATE INDEX chunk_with_rows ON chunk (id, last_seq, hour) WHERE in_rows = 1;
CREATE INDEX chunk_in_time ON chunk (hour);

-- Usable readings (good, uncertain) of sealed hours, for charts of any length; `minutes` is the same by the minute, packed.
CREATE TABLE rollup (
    point   INTEGER NOT NULL,
    hour    INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    lowest  REAL,
    highest REAL,
    total   REAL NOT NULL,
    minutes BLOB NOT NULL,
    PRIMARY KEY (point, hour)
) WITHOUT ROWID;

-- What is drawn up for one journal is not written into another that took its place.
INSERT INTO meta (key, value) VALUES ('journal', lower(hex(randomblob(8))));
