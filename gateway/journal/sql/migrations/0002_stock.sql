-- Stock by lot: where each lot lies, who booked what and why, what is weighed now, and for whom.
-- What was there before lots were told apart becomes one lot an item, called like the item.

CREATE TABLE lot (
    id          TEXT PRIMARY KEY,
    item        TEXT NOT NULL,
    number      TEXT,                       -- the supplier's own
    expires_on  TEXT,                       -- the last good day, YYYY-MM-DD
    supplier    TEXT,
    receipt     TEXT,                       -- the weighing session or movement by which it came
    received_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX lot_of_item ON lot (item, received_at);
CREATE INDEX lot_of_receipt ON lot (receipt);
CREATE INDEX lot_of_number ON lot (number) WHERE number IS NOT NULL;

INSERT INTO lot (id, item, received_at) SELECT item, item, min(at) FROM movement GROUP BY item;

CREATE TABLE movement_by_lot (
    id            INTEGER PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    item          TEXT NOT NULL,
    lot           TEXT NOT NULL,
    kind          TEXT NOT NULL,
    source        TEXT NOT NULL,            -- supplier, receiving, stores[:id], kitchen, batch:id, waste, school:id, adjustment
    destination   TEXT NOT NULL,
    quantity      TEXT NOT NULL,            -- kg, decimal text, as all weights of this table
    before_weight TEXT,                     -- NULL when no scale accounted for it
    after_weight  TEXT,
    gross         TEXT,
    tare          TEXT,
    container     TEXT,
    scale         TEXT,
    at            INTEGER NOT NULL,
    recorded_at   INTEGER NOT NULL,
    while_offline INTEGER NOT NULL,
    entry         TEXT NOT NULL,            -- scale, typed, posted, books
    who           TEXT,
    reason        TEXT,
    note          TEXT,
    session       TEXT,
    reverses      TEXT                      -- key of the movement that this one takes back
);
INSERT INTO movement_by_lot
    (id, key, item, lot, kind, source, destination, quantity, before_weight, after_weight, tare, scale, at, recorded_at,
     while_offline, entry)
SELECT id, key, item, item, kind, source, destination, quantity, before_weight, after_weight, tare, scale, at,
       recorded_at, while_offline, 'scale' FROM movement;
DROP TABLE movement;
ALTER TABLE movement_by_lot RENAME TO movement;
CREATE INDEX movement_of_item ON movement (item, at);
CREATE INDEX movement_of_lot ON movement (lot, at);
CREATE INDEX movement_into ON movement (destination, at);
CREATE INDEX movement_out_of ON movement (source, at);
CREATE INDEX movement_in_time ON movement (at);
CREATE INDEX movement_of_session ON movement (session) WHERE session IS NOT NULL;
CREATE UNIQUE INDEX movement_reversed_once ON movement (reverses) WHERE reverses IS NOT NULL;

-- What lies where. `since` is when the first of it came, `until` when the last of it left; NULL: it is there.
CREATE TABLE holding (
    item     TEXT NOT NULL,
    lot      TEXT NOT NULL,
    place    TEXT NOT NULL,
    quantity TEXT NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER,
    PRIMARY KEY (item, lot, place)
) WITHOUT ROWID;
INSERT INTO holding (item, lot, place, quantity, since)
SELECT balance.item, balance.item, place, quantity, lot.received_at FROM balance JOIN lot ON lot.id = balance.item;
DROP TABLE balance;
CREATE INDEX holding_at ON holding (place, until, since);

-- Weighing sessions, receipts among them; `body` is JSON.
CREATE TABLE weighing_session (
    id        TEXT PRIMARY KEY,
    purpose   TEXT NOT NULL,                -- receive, issue, waste, count
    item      TEXT NOT NULL,
    scale     TEXT,                         -- NULL: typed or posted
    lot       TEXT,
    who       TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    body      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX weighing_session_opened ON weighing_session (opened_at);
CREATE INDEX weighing_session_open ON weighing_session (closed_at) WHERE closed_at IS NULL;

-- What a batch of food needs: its recipe and portions. Reserved as long as it is open.
CREATE TABLE stock_plan (
    batch    TEXT PRIMARY KEY,
    recipe   TEXT NOT NULL,
    portions INTEGER NOT NULL,
    open     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    grams    TEXT NOT NULL                  -- JSON: item → grams a portion, as the recipe was then
) WITHOUT ROWID;

CREATE TABLE school_delivery (
    key      TEXT PRIMARY KEY,
    batch    TEXT NOT NULL,
    school   TEXT NOT NULL,
    portions INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    who      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX school_delivery_of_batch ON school_delivery (batch);
CREATE INDEX school_delivery_to ON school_delivery (school, at);

-- Items and containers that people added; kitchen.yaml has its own. `body` is JSON.
CREATE TABLE stock_item (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stock_container (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;

-- What a stock alarm is about: an item, or a lot of it.
ALTER TABLE alarm ADD COLUMN item TEXT;
ALTER TABLE alarm ADD COLUMN lot TEXT;
