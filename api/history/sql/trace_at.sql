-- Lots that were at a place at some time of a span; holding_at answers each half by itself.
SELECT lot FROM holding WHERE place = :place AND until IS NULL AND since <= :until
UNION SELECT lot FROM holding WHERE place = :place AND until >= :since AND since <= :until
