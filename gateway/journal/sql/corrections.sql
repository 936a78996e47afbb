-- The events that correct a point; :kinds is a JSON array.

-- of_all_points --
SELECT subject, body FROM event
WHERE subject >= 'calibration:' AND subject < 'calibration;' AND kind IN (SELECT value FROM json_each(:kinds))
ORDER BY id

-- of_point --
SELECT body FROM event WHERE subject = :subject AND kind IN (SELECT value FROM json_each(:kinds)) ORDER BY id
