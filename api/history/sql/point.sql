SELECT id FROM point WHERE name = :name
