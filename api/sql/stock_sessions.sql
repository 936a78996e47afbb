SELECT body, opened_at FROM weighing_session
WHERE opened_at < :before AND (:purpose IS NULL OR purpose = :purpose) ORDER BY opened_at DESC LIMIT :limit
