-- Readings of a point, in rows and in the chunks of sealed hours. `in_rows = 0`: only the chunk has them.

-- point_number --
SELECT id FROM point WHERE name = ?

-- rows --
SELECT seq, measured_at, recorded_at, value, quality, reason, stable, net, tare, flags FROM reading
WHERE point = ? AND measured_at >= ? AND measured_at < ?

-- row_at --
SELECT value, quality FROM reading WHERE point = ? AND measured_at = ?

-- oldest_at --
-- Of a sealed hour, its beginning.
SELECT min(at) FROM (
    SELECT min(measured_at) AS at FROM reading WHERE point = :point
    UNION ALL SELECT min(hour) FROM chunk WHERE point = :point AND in_rows = 0
)

-- newest_row --
SELECT seq, measured_at, recorded_at, value, quality, reason, stable, net, tare, flags FROM reading
WHERE point = ? AND quality >= ? AND measured_at <= ? ORDER BY measured_at DESC LIMIT 1

-- newest_sealed_hour --
SELECT max(hour) FROM chunk WHERE point = ? AND hour <= ? AND in_rows = 0

-- newest_usable_sealed_hour --
SELECT max(hour) FROM chunk WHERE point = ? AND hour <= ? AND in_rows = 0 AND usable_at IS NOT NULL

-- chunks_of_hour --
SELECT body FROM chunk WHERE point = ? AND hour = ? AND in_rows = 0

-- first_row_at --
SELECT min(measured_at) FROM reading WHERE point = ? AND measured_at >= ? AND measured_at < ?

-- first_sealed_hour --
SELECT min(hour) FROM chunk WHERE point = ? AND hour >= ? AND hour < ? AND in_rows = 0

-- first_seq --
-- A number at or below that of every reading measured at :since or later. An hour has 3,600,000,000 microseconds.
SELECT min(seq) FROM (
    SELECT seq FROM reading JOIN point ON point.id = reading.point WHERE point.name = :point AND measured_at >= :since
    UNION ALL
    SELECT first_seq FROM chunk JOIN point ON point.id = chunk.point
    WHERE point.name = :point AND hour > :since - 3600000000 AND last_at >= :since AND in_rows = 0
)

-- last_seq --
SELECT max(
    (SELECT coalesce(max(seq), 0) FROM reading),
    (SELECT coalesce(max(last_seq), 0) FROM chunk WHERE in_rows = 0)
)
