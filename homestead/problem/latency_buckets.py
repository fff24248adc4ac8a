"""Upper edges of the latency histograms' buckets, from which latency objectives are chosen."""

# Seconds. One prediction takes tens of microseconds in the model and about 100 us in all, so the
# buckets start there; 50 ms is the default latency objective and must be a bucket's edge.
LATENCY_BUCKETS_S = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005),
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
