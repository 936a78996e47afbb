-- What a file says of its tables.

-- columns --
-- Columns, not their text: a table that a migration has altered is written down differently by other versions of SQLite.
-- As bytes, since a damaged name may be no text.
SELECT CAST(found.name || '.' || column.name || ' ' || column.type || column.pk AS BLOB)
FROM sqlite_master AS found, pragma_table_info(found.name) AS column WHERE found.type = 'table'

-- is_readable --
SELECT 1 FROM sqlite_master LIMIT 1
