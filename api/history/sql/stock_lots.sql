-- Lots and where they lie; with :all also those of which nothing is left in stores or receiving.
SELECT lot.id, lot.item, number, expires_on, supplier, receipt, received_at, place, quantity
FROM lot JOIN holding ON holding.lot = lot.id AND holding.item = lot.item
WHERE (:item IS NULL OR lot.item = :item) AND quantity + 0 > 0
  AND (:every OR place = 'receiving' OR place = 'stores' OR place LIKE 'stores:%')
ORDER BY lot.item, expires_on IS NULL, expires_on, received_at, lot.id, place LIMIT :limit
