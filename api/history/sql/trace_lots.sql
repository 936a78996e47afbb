SELECT id, item, number, expires_on, supplier, receipt, received_at FROM lot
WHERE id IN (SELECT value FROM json_each(:lots)) ORDER BY item, received_at, id
