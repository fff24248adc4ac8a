"""Generator of churn.csv, a small classification data set: customers of a fictitious provider."""

from pathlib import Path

import numpy as np
import pandas as pd


def make_customers(rows: int = 700, seed: int = 7) -> pd.DataFrame:
    """Return customers who tend to leave if they are new, unhappy, or in a region with trouble."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 180, rows), "D")
    plan = rng.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2])
    months = rng.integers(1, 60, rows)
    satisfaction = np.round(rng.normal(6, 2, rows).clip(0, 10), 1)
    region = rng.integers(1, 9, rows)
    paperless = rng.random(rows) < 0.6
    odds = 1.5 - 0.05 * months - 0.45 * (satisfaction - 5) + (plan == "basic") + 0.8 * (region > 5)
    left = np.where(rng.random(rows) < 1 / (1 + np.exp(-odds)), "left", "stayed")
    return pd.DataFrame(
        {
            "customer": np.arange(1, rows + 1),
            "day": day.strftime("%Y-%m-%d"),
            "plan": plan,
            "months": months,
            "satisfaction": np.where(rng.random(rows) < 0.1, np.nan, satisfaction),
            "region": region,
            "paperless": paperless,
            "outcome": left,
        }
    ).sort_values(["day", "customer"])


if __name__ == "__main__":
    make_customers().to_csv(Path(__file__).with_name("churn.csv"), index=False)
