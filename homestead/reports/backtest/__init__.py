"""Report of a backtest."""
