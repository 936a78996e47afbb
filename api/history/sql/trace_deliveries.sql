SELECT batch, school, portions, at, who FROM school_delivery
WHERE batch IN (SELECT value FROM json_each(:batches)) ORDER BY batch, at
