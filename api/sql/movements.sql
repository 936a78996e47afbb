SELECT id AS number, key AS id, kind, item, quantity, before_weight AS before, after_weight AS after, tare, scale, at,
       recorded_at, while_offline
FROM movement WHERE (:item IS NULL OR item = :item) AND id < :before ORDER BY id DESC LIMIT :limit
