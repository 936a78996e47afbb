-- From when on the journal holds readings, and roll-ups for charts; the oldest of any point, NULL for an empty journal.
SELECT
    min((SELECT min(measured_at) FROM reading WHERE reading.point = point.id)) AS row_at,
    min((SELECT min(hour) FROM chunk WHERE chunk.point = point.id)) AS chunk_at,
    min((SELECT min(hour) FROM rollup WHERE rollup.point = point.id)) AS rollup_at
FROM point
