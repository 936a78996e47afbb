SELECT body FROM batch WHERE opened_at < :before ORDER BY opened_at DESC, id DESC LIMIT :limit
