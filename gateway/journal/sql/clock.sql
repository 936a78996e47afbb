-- How the clock stood, and moving readings whose date was not known. The flag of such a reading is :undated.

-- newest_reading --
SELECT recorded_at FROM reading ORDER BY seq DESC LIMIT 1

-- newest_event --
SELECT recorded_at FROM event ORDER BY id DESC LIMIT 1

-- alive_at --
SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'alive_at'

-- times_again --
SELECT body FROM event WHERE subject = 'clock' AND kind IN ('clock_jumped', 'clock_set')

-- jumped_since --
SELECT body FROM event WHERE subject = 'clock' AND kind = 'clock_jumped' AND at > ?

-- first_held --
-- The first reading that may still be moved.
SELECT seq FROM reading WHERE seq > :after AND flags & :undated AND measured_at >= :since ORDER BY seq LIMIT 1

-- put_aside --
-- A time below zero is nobody's, so that readings can pass each other on the way to their new times.
UPDATE reading SET measured_at = -measured_at WHERE seq > :after AND flags & :undated AND measured_at >= :since

-- move --
-- To their new times, where these are free and lie behind the hours that only chunks hold.
UPDATE OR IGNORE reading
SET measured_at = :offset - measured_at, flags = flags & ~:undated,
    quality = CASE reason WHEN :unsynced THEN :good ELSE quality END, reason = nullif(reason, :unsynced)
WHERE seq > :after AND measured_at < :before

-- left_aside --
SELECT seq, point, measured_at FROM reading WHERE seq > ? AND measured_at < 0 ORDER BY measured_at DESC, seq

-- place --
UPDATE reading
SET measured_at = :at, flags = flags & ~:undated,
    quality = CASE reason WHEN :unsynced THEN :good ELSE quality END, reason = nullif(reason, :unsynced)
WHERE seq = :seq

-- is_taken --
SELECT 1 FROM reading WHERE point = ? AND measured_at = ?

-- move_typed --
UPDATE typed_reading SET at = at + ? WHERE at BETWEEN ? AND ?
