SELECT printf('%020d:', opened_at) || id, body FROM weighing_session
WHERE (:before IS NULL OR printf('%020d:', opened_at) || id < :before) AND (:purpose IS NULL OR purpose = :purpose)
ORDER BY opened_at DESC, id DESC LIMIT :limit
