-- Readings that come late may prove that a batch fails several controls at once: one alarm tells of them all.
ALTER TABLE alarm ADD COLUMN also TEXT;     -- of an alarm about a batch: the further controls, with spaces between
