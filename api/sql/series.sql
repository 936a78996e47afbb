SELECT measured_at, value, quality, reason, stable, net, tare, recorded_at FROM reading
WHERE point = (SELECT id FROM point WHERE name = :name) AND measured_at > :after AND measured_at < :until
ORDER BY measured_at LIMIT :limit
