-- What the writer's own connection asks when it opens the file, and about hours that only chunks hold.

-- add_point --
INSERT OR IGNORE INTO point (name, quantity, unit) VALUES (?,?,?)

-- points --
SELECT name, id FROM point

-- last_hash --
SELECT hash FROM event ORDER BY id DESC LIMIT 1

-- newest_sealed_hour --
-- By point, since that is how the index of chunks has them.
SELECT max((SELECT max(hour) FROM chunk WHERE chunk.point = point.id AND in_rows = 0)) FROM point
