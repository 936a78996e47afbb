SELECT batch, portions, grams FROM stock_plan
