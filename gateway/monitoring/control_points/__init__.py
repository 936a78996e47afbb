"""Control points: holding limits judged live, dew point, typed readings, refolding after late data."""
