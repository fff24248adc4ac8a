"""Report on a drift check."""
