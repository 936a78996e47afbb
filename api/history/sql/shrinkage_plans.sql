SELECT batch, portions, grams, open FROM stock_plan
