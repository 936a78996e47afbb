-- Readings in the order of their numbers, out of rows and out of chunks that alone have them.

-- rows --
SELECT seq, point, measured_at, value, quality FROM reading WHERE seq > ? AND seq <= ? ORDER BY seq

-- chunks --
SELECT id FROM chunk WHERE in_rows = 0 AND last_seq > ? AND first_seq <= ?

-- chunk --
SELECT point, body FROM chunk WHERE id = ?

-- next_row --
SELECT min(seq) FROM reading WHERE seq > ?

-- next_in_chunk --
SELECT min(max(first_seq, ? + 1)) FROM chunk WHERE in_rows = 0 AND last_seq > ?

-- count_of_hour --
-- One statement, since between two of them rows may go and their chunk stand in.
SELECT (
    SELECT count(*) FROM reading
    WHERE point = :point AND measured_at >= :hour AND measured_at < :end AND seq <= :cursor
) + (
    SELECT coalesce(sum(count), 0) FROM chunk WHERE point = :point AND hour = :hour AND in_rows = 0
)
