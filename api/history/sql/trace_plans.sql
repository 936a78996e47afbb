SELECT batch, recipe, portions FROM stock_plan WHERE batch IN (SELECT value FROM json_each(:batches))
