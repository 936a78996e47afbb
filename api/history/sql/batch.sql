SELECT body FROM batch WHERE id = :batch
