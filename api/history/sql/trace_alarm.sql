SELECT point, started_at, coalesce(returned_at, :now) AS ended_at, value, worst, limit_value AS "limit"
FROM alarm WHERE id = :alarm
