"""Fit gradient boosting to made-up rows and print the seconds; the environment decides on threads.

Ends by SIGALRM if the fit takes more seconds than the first argument.
Without any import of Homestead, which would set the variables that are compared.
"""

import signal
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

ROWS, FEATURES, ITERATIONS = 5_000, 10, 25

if __name__ == "__main__":
    draw = np.random.default_rng(0)
    X = draw.normal(size=(ROWS, FEATURES))
    y = X[:, 0] * X[:, 1] + draw.normal(size=ROWS)
    signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
    started = time.perf_counter()
    HistGradientBoostingRegressor(max_iter=ITERATIONS, early_stopping=False).fit(X, y)
    sys.stdout.write(f"{time.perf_counter() - started}\n")
