"""Views of past rows: lags and rolling windows."""
