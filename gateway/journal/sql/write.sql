-- What a transaction writes.

-- reading --
-- A reading whose point and time are taken is left out.
INSERT OR IGNORE INTO reading (point, measured_at, value, quality, reason, stable, net, tare, flags, recorded_at)
VALUES (?,?,?,?,?,?,?,?,?,?)

-- has_event --
SELECT 1 FROM event WHERE key = ?

-- event --
INSERT INTO event (key, kind, subject, at, recorded_at, person, body, previous, hash) VALUES (?,?,?,?,?,?,?,?,?)

-- alarm --
INSERT OR REPLACE INTO alarm
    (id, control, point, kind, level, priority, state, started_at, raised_at, known_at, returned_at, acknowledged_at,
     acknowledged_by, note, value, limit_value, worst, late, reason, item, lot, batch, also)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)

-- movement --
INSERT OR IGNORE INTO movement
    (key, item, lot, kind, source, destination, quantity, before_weight, after_weight, gross, tare, container, scale, at,
     while_offline, entry, who, reason, note, session, reverses, recorded_at)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)

-- lot --
INSERT OR REPLACE INTO lot (id, item, number, expires_on, supplier, receipt, received_at) VALUES (?,?,?,?,?,?,?)

-- holding --
INSERT OR REPLACE INTO holding (item, lot, place, quantity, since, until) VALUES (?,?,?,?,?,?)

-- weighing_session --
INSERT OR REPLACE INTO weighing_session (id, purpose, item, scale, lot, who, opened_at, closed_at, body)
VALUES (?,?,?,?,?,?,?,?,?)

-- stock_plan --
INSERT OR REPLACE INTO stock_plan (batch, recipe, portions, open, at, grams) VALUES (?,?,?,?,?,?)

-- school_delivery --
INSERT OR IGNORE INTO school_delivery (key, batch, school, portions, at, who) VALUES (?,?,?,?,?,?)

-- stock_item --
INSERT OR REPLACE INTO stock_item (id, body) VALUES (?,?)

-- stock_container --
INSERT OR REPLACE INTO stock_container (id, body) VALUES (?,?)

-- batch --
INSERT OR REPLACE INTO batch (id, product, state, opened_at, closed_at, body) VALUES (?,?,?,?,?,?)

-- verdict --
INSERT OR IGNORE INTO verdict
    (key, batch, control, source, verdict, action, decided_at, final, late, computed_at, supersedes, profile,
     profile_hash, approved_by, trace_hash, body)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)

-- typed_reading --
INSERT OR IGNORE INTO typed_reading (key, batch, point, step, at, value, instrument, person, recorded_at)
VALUES (?,?,?,?,?,?,?,?,?)

-- fold --
INSERT OR REPLACE INTO fold (subject, version, at, state) VALUES (?,?,?,?)

-- refold_done --
DELETE FROM refold_due WHERE control = ?

-- refold_due --
-- Of two reasons to fold a control anew, the earlier time holds.
INSERT INTO refold_due (control, since) VALUES (?,?)
ON CONFLICT (control) DO UPDATE SET since = min(since, excluded.since)

-- empty_inbox --
DELETE FROM inbox

-- inbox --
INSERT INTO inbox (session, key) VALUES (?,?)

-- keep_inbox_short --
DELETE FROM inbox WHERE id <= (SELECT max(id) FROM inbox) - ?

-- dead_letter --
INSERT INTO dead_letter (source, topic, raw, reason, text, at) VALUES (?,?,?,?,?,?)

-- keep_dead_letters_few --
DELETE FROM dead_letter WHERE id <= (SELECT max(id) FROM dead_letter) - ?

-- sink --
INSERT OR REPLACE INTO sink (name, cursor, state, last_error, updated_at) VALUES (?,?,?,?,?)

-- meta --
INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)
