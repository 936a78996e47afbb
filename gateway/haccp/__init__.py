"""The rules of HACCP and the models behind them, all pure: the live gateway and `judge` use the same."""
