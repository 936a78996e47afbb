SELECT id, control, point, kind, level, priority, state, started_at, raised_at, known_at, returned_at, acknowledged_at,
       acknowledged_by, note, value, limit_value AS "limit", worst, late, reason, item, lot, batch, also,
       (SELECT product FROM batch WHERE batch.id = alarm.batch) AS product
FROM alarm ORDER BY raised_at DESC, id LIMIT :limit
