-- Alarms, oldest first, in the order of the table's columns.

-- active --
SELECT * FROM alarm WHERE state <> 'NORMAL' ORDER BY raised_at

-- of_batch --
-- Those about the batch alone, and those that name it among others whose probe was wrong.
SELECT * FROM alarm
WHERE batch = ? OR (level = 'batches_fail' AND instr(' ' || reason || ' ', ' ' || ? || ' '))
ORDER BY raised_at

-- since --
-- Something of the alarm happened at a time or later.
SELECT * FROM alarm
WHERE max(raised_at, known_at, coalesce(returned_at, 0), coalesce(acknowledged_at, 0)) >= ?
ORDER BY raised_at
