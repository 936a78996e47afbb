-- The stock. Movements in the order of the columns that follow `key`, with the time at which they were recorded last.

-- lots --
SELECT id, item, number, expires_on, supplier, receipt, received_at FROM lot

-- holdings --
SELECT item, lot, place, quantity, since, until FROM holding

-- open_sessions --
SELECT body FROM weighing_session WHERE closed_at IS NULL

-- receipts --
SELECT body FROM weighing_session WHERE purpose = 'receive' ORDER BY opened_at DESC LIMIT 500

-- open_plans --
SELECT batch, recipe, portions, open, at, grams FROM stock_plan WHERE open

-- portions_delivered --
SELECT batch, sum(portions) FROM school_delivery GROUP BY batch

-- items --
SELECT body FROM stock_item

-- containers --
SELECT body FROM stock_container

-- newest_movements --
SELECT key, item, lot, kind, source, destination, quantity, before_weight, after_weight, gross, tare, container, scale,
       at, while_offline, entry, who, reason, note, session, reverses, recorded_at
FROM movement ORDER BY id DESC LIMIT ?

-- movement --
-- Whether it was taken back comes last.
SELECT key, item, lot, kind, source, destination, quantity, before_weight, after_weight, gross, tare, container, scale,
       at, while_offline, entry, who, reason, note, session, reverses,
       EXISTS (SELECT 1 FROM movement AS back WHERE back.reverses = movement.key)
FROM movement WHERE key = ?

-- all_movements --
SELECT key, item, lot, kind, source, destination, quantity, before_weight, after_weight, gross, tare, container, scale,
       at, while_offline, entry, who, reason, note, session, reverses, recorded_at
FROM movement ORDER BY id

-- moved_since --
SELECT item, source, destination, quantity, at FROM movement WHERE at >= ?
