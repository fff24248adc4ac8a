"""Backtest: the table's time through the steps of the loop, with a clock of its own."""
