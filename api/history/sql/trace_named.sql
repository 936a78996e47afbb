SELECT id FROM lot WHERE id = :lot UNION SELECT id FROM lot WHERE number = :lot
