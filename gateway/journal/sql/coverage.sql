-- Why nothing was recorded.

-- gaps --
-- :subjects is a JSON array.
SELECT kind, body FROM event
WHERE subject IN (SELECT value FROM json_each(:subjects)) AND kind IN ('gap', :retired) AND at < :until

-- broker_lost_since --
-- A broker that is still away: its gap becomes an event when it is back.
SELECT started_at FROM alarm WHERE kind = 'system' AND level = ? AND returned_at IS NULL AND state <> 'NORMAL'
