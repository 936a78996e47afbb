SELECT id, key, item, lot, kind, source, destination, quantity, before_weight, after_weight, gross, tare, container, scale,
       at, while_offline, entry, who, reason, note, session, reverses, recorded_at
FROM movement
WHERE movement.id < :before AND (:item IS NULL OR item = :item) AND (:lot IS NULL OR lot = :lot)
  AND (:session IS NULL OR session = :session)
ORDER BY movement.id DESC LIMIT :limit
