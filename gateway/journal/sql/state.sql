-- How the gateway stood at its last commit: what a start goes on from.

-- has_event --
SELECT 1 FROM event WHERE key = ?

-- folds --
SELECT subject, version, at, state FROM fold

-- refold_due --
SELECT control, since FROM refold_due

-- inbox --
SELECT key FROM inbox ORDER BY id

-- sink --
SELECT name, cursor, state, last_error, updated_at FROM sink WHERE name = ?

-- meta --
SELECT value FROM meta WHERE key = ?
