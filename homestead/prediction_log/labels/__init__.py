"""Labels: what became true after predictions, joined to them; corrections, and what fits none."""
