SELECT item, source, destination, quantity, at FROM movement WHERE at >= :since ORDER BY at
