SELECT place, item, lot, quantity FROM holding WHERE quantity + 0 <> 0 ORDER BY place, item, lot
