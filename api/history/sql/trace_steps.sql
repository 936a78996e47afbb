SELECT lot, source, destination, quantity, at FROM movement
WHERE lot IN (SELECT value FROM json_each(:lots)) ORDER BY lot, at, id
