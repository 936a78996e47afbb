SELECT id AS number, at, person AS who, body FROM event
WHERE subject = :subject AND kind = 'calibration_checked' AND id < :before ORDER BY id DESC LIMIT :limit
