SELECT id AS batch, product, json_extract(body, '$.portions') AS portions FROM batch
WHERE id IN (SELECT value FROM json_each(:batches))
