-- What a chart is made of. An hour has 3,600,000,000 microseconds, a minute 60,000,000.

-- rollups --
SELECT hour, count, lowest, highest, total, minutes FROM rollup
WHERE point = ? AND hour > ? - 3600000000 AND hour < ? ORDER BY hour

-- sealed_hours --
-- Each with the number up to which its rows are sealed.
SELECT hour, max(last_seq) FROM chunk WHERE point = ? AND hour >= ? AND hour < ? GROUP BY hour ORDER BY hour

-- minutes_of_rows --
SELECT measured_at / 60000000 * 60000000 AS minute, count(*), min(value), max(value), sum(value) FROM reading
WHERE point = ? AND measured_at >= ? AND measured_at < ? AND seq > ? AND quality > 0 AND value IS NOT NULL
GROUP BY minute
