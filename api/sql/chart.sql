-- Usable values (good, uncertain) by equal spans of time; a span without one is absent: the line breaks there.
SELECT (measured_at - :since) / :width AS span, min(value), max(value), avg(value) FROM reading
WHERE point = (SELECT id FROM point WHERE name = :name) AND measured_at >= :since AND measured_at < :until AND quality > 0
GROUP BY span ORDER BY span
