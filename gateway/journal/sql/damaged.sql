-- What may still be read in a damaged journal.

-- last_number --
SELECT seq FROM sqlite_sequence WHERE name = ?

-- first_reading_at --
SELECT measured_at FROM reading ORDER BY seq LIMIT 1

-- first_sealed_hour --
SELECT min((SELECT min(hour) FROM chunk WHERE chunk.point = point.id)) FROM point
