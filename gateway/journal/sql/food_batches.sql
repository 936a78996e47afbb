-- Batches of food, their verdicts, and readings that people typed.

-- running_or_ended_since --
SELECT body FROM batch WHERE state IN ('proposed', 'open') OR closed_at >= ? ORDER BY opened_at, id

-- body --
SELECT body FROM batch WHERE id = ?

-- readings_gone_until --
-- Up to which time readings are no longer kept, because of their age or for want of room.
SELECT max(json_extract(body, '$.to')) FROM event
WHERE (key >= 'retired:' AND key < 'retired;') OR (key >= 'gap:cap:' AND key < 'gap:cap;')

-- ended --
SELECT body FROM batch
WHERE closed_at >= ? AND closed_at < ? AND opened_at >= ? ORDER BY closed_at DESC

-- verdicts --
SELECT * FROM verdict WHERE batch = ? ORDER BY id

-- typed_of_batch --
SELECT key, batch, point, step, at, value, instrument, person FROM typed_reading WHERE batch = ? ORDER BY at, id

-- typed_since --
SELECT key, batch, point, step, at, value, instrument, person FROM typed_reading WHERE at >= ? ORDER BY at, id
