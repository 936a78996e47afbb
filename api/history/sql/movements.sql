SELECT id AS number, key AS id, kind, item, lot, quantity, source, destination, before_weight AS before,
       after_weight AS after, gross, tare, container, scale, at, recorded_at, while_offline, entry, who, reason, note,
       session, reverses
FROM movement
WHERE movement.id < :before AND (:item IS NULL OR item = :item) AND (:lot IS NULL OR lot = :lot)
  AND (:session IS NULL OR session = :session)
ORDER BY movement.id DESC LIMIT :limit
