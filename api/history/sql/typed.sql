SELECT id, key, batch, point, step, at, value, instrument, person FROM typed_reading
WHERE (:batch IS NULL OR batch = :batch) AND (:point IS NULL OR point = :point) AND id < :before
ORDER BY id DESC LIMIT :limit
