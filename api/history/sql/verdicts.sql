SELECT id AS number, key, batch, control, source, verdict, action, decided_at, final, late, computed_at, supersedes, profile,
       profile_hash, approved_by, trace_hash, body
FROM verdict WHERE (:batch IS NULL OR batch = :batch) AND id < :before ORDER BY id DESC LIMIT :limit
