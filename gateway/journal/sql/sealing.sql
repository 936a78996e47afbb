-- Sealing hours, and letting go what is too old. Chunks are found by point, since that is how their index has them.

-- points --
SELECT id, name FROM point

-- journal --
SELECT value FROM meta WHERE key = 'journal'

-- sealed_seq --
SELECT value FROM meta WHERE key = 'sealed_seq'

-- set_sealed_seq --
INSERT OR REPLACE INTO meta (key, value) VALUES ('sealed_seq', ?)

-- last_row --
SELECT coalesce(max(seq), 0) FROM reading

-- hours_behind --
-- The hours, by their number since 1970, in which rows of these numbers were measured.
SELECT DISTINCT measured_at / ? FROM reading WHERE seq > ? AND seq <= ?

-- first_open --
SELECT min(seq) FROM reading WHERE seq > ? AND seq <= ? AND measured_at >= ?

-- unsealed --
SELECT seq, measured_at, recorded_at, value, quality, reason, stable, net, tare, flags FROM reading
WHERE point = :point AND measured_at >= :hour AND measured_at < :end
    AND seq > (SELECT coalesce(max(last_seq), 0) FROM chunk WHERE point = :point AND hour = :hour)

-- parts_so_far --
SELECT count(*) FROM event WHERE key >= ? AND key < ?

-- sealings --
SELECT body FROM event WHERE key >= ? AND key < ?

-- chunks_of_hour --
SELECT count(*) FROM chunk WHERE point = ? AND hour = ?

-- minutes_of_hour --
SELECT minutes FROM rollup WHERE point = ? AND hour = ?

-- delivered_seq --
-- The number up to which every sink has the readings; all of them where there is no sink.
SELECT coalesce(min(cursor), ?) FROM sink

-- rows_may_go --
SELECT id, point, hour, count, first_seq, last_seq, body FROM chunk
WHERE in_rows = 1 AND (last_seq <= ? OR hour < ?) ORDER BY id

-- rows_of_chunk --
SELECT seq, measured_at, recorded_at, value, quality, reason, stable, net, tare, flags FROM reading
WHERE point = ? AND measured_at >= ? AND measured_at < ? AND seq BETWEEN ? AND ? ORDER BY measured_at

-- has_event --
SELECT 1 FROM event WHERE key = ?

-- is_in_rows --
SELECT 1 FROM chunk WHERE id = ? AND in_rows = 1

-- has_chunk --
SELECT 1 FROM chunk WHERE id = ?

-- is_journal --
SELECT 1 FROM meta WHERE key = 'journal' AND value = ?

-- add_chunk --
INSERT INTO chunk (point, hour, part, count, first_at, last_at, usable_at, first_seq, last_seq, in_rows, body)
VALUES (?,?,?,?,?,?,?,?,?,1,?)

-- set_rollup --
INSERT OR REPLACE INTO rollup (point, hour, count, lowest, highest, total, minutes) VALUES (?,?,?,?,?,?,?)

-- place_of_rows --
SELECT point, hour, hour + ?, first_seq, last_seq FROM chunk WHERE id = ? AND in_rows = 1

-- delete_rows --
DELETE FROM reading WHERE point = ? AND measured_at >= ? AND measured_at < ? AND seq BETWEEN ? AND ?

-- stand_in_for_rows --
UPDATE chunk SET in_rows = 0 WHERE id = ?

-- delete_chunk --
DELETE FROM chunk WHERE id = ?

-- delete_rollups --
DELETE FROM rollup WHERE point = ? AND hour < ?

-- oldest_hour --
SELECT min((SELECT min(hour) FROM chunk WHERE chunk.point = point.id)) FROM point

-- oldest_hour_without_rows --
SELECT min((SELECT min(hour) FROM chunk WHERE chunk.point = point.id AND in_rows = 0)) FROM point

-- chunks_between --
SELECT chunk.id FROM point CROSS JOIN chunk ON chunk.point = point.id
WHERE hour >= ? AND hour < ? ORDER BY hour LIMIT ?

-- chunks_without_rows_between --
SELECT chunk.id, hour, last_seq, length(body) FROM point CROSS JOIN chunk ON chunk.point = point.id
WHERE hour >= ? AND hour < ? AND in_rows = 0 ORDER BY hour

-- has_rollup_before --
SELECT 1 FROM point WHERE EXISTS (SELECT 1 FROM rollup WHERE rollup.point = point.id AND hour < ?)

-- is_retirement_recorded --
SELECT 1 FROM event
WHERE subject = 'journal' AND kind = ? AND body ->> 'from' <= ? AND body ->> 'to' >= ? LIMIT 1
