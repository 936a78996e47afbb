"""HACCP rules and the science behind them (pure): the ground floor that live and offline judging share."""
