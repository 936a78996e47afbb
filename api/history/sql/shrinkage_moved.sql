SELECT item, source, destination, quantity, at FROM movement
WHERE at >= :since AND kind <> 'opening' -- what a scale found when it was first seen was never lost
ORDER BY at
