-- What `verify` compares.

-- events --
SELECT id, key, kind, subject, at, recorded_at, person, body, previous, hash FROM event
WHERE id > ? AND id <= ? ORDER BY id LIMIT ?

-- last_event_given_out --
SELECT seq FROM sqlite_sequence WHERE name = 'event'

-- last_event --
SELECT coalesce(max(id), 0) FROM event

-- chunk --
-- With the last number of the parts before it.
SELECT point, count, first_at, last_at, usable_at, first_seq, last_seq, in_rows, body, (
    SELECT coalesce(max(last_seq), 0) FROM chunk AS before
    WHERE before.point = chunk.point AND before.hour = chunk.hour AND before.part < chunk.part
)
FROM chunk JOIN point ON point.id = chunk.point WHERE name = ? AND hour = ? AND part = ?

-- rows_of_chunk --
SELECT seq, measured_at, recorded_at, value, quality, reason, stable, net, tare, flags FROM reading
WHERE point = ? AND measured_at >= ? AND measured_at < ? AND seq > ? AND seq <= ? ORDER BY measured_at

-- newest_chunk --
SELECT coalesce(max(id), 0) FROM chunk

-- all_chunks --
SELECT coalesce(name, 'point number ' || point), hour, part FROM chunk LEFT JOIN point ON point.id = chunk.point
WHERE chunk.id <= ? ORDER BY chunk.id

-- end_of_page --
SELECT max(seq) FROM (SELECT seq FROM reading WHERE seq > ? ORDER BY seq LIMIT ?)

-- rows_beside_chunks --
-- Rows whose numbers say that they are sealed, and that stand in no chunk.
SELECT reading.seq, coalesce(name, 'point number ' || reading.point)
FROM reading LEFT JOIN point ON point.id = reading.point
WHERE reading.seq > :after AND reading.seq <= :end
    AND reading.seq <= (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'sealed_seq')
    AND NOT EXISTS (
        SELECT 1 FROM chunk
        WHERE chunk.point = reading.point AND hour = measured_at / :hour * :hour
            AND reading.seq BETWEEN first_seq AND last_seq
    )

-- points --
SELECT name, id FROM point

-- sealed_hours --
SELECT DISTINCT at FROM event WHERE kind = 'hour_sealed' ORDER BY at

-- chunks_of_hour --
SELECT body FROM chunk WHERE point = ? AND hour = ?

-- rollup --
SELECT count, lowest, highest, total, minutes FROM rollup WHERE point = ? AND hour = ?

-- has_older_rollup --
SELECT 1 FROM rollup WHERE point = ? AND hour < ? LIMIT 1
