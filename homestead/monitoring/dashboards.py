"""The dashboards: the service for who is on call, the model and its data for who owns them."""

from homestead.monitoring.grafana import Panel, dashboard, heatmap, stat, table, timeseries
from homestead.monitoring.queries import series
from homestead.monitoring.rules import availability_burn, latency_burn

_CHOSEN = ('namespace=~"$namespace"', 'model="$model"')
_WINDOW = "$__rate_interval"


def dashboards() -> dict[str, Panel]:
    """Each dashboard by its file's name. They are the same for every problem."""
    made = {"service": _service(), "model": _model(), "data": _data()}
    texts = {
        "service": "Whether requests are answered, and how fast.",
        "model": "Which versions answer, since when, and what trained them.",
        "data": "Whether what is asked still looks like what the model learnt from.",
    }
    loaded = _of("model_info")
    # A version that was not there a minute ago.
    release = f"max by (version) ({loaded}) unless max by (version) ({loaded} offset 1m)"
    return {
        name: dashboard(name, texts[name], series("model_info"), release, panels)
        for name, panels in made.items()
    }


def _of(name: str, *matchers: str) -> str:
    """A table's series of the chosen model."""
    return series(name, *_CHOSEN, *matchers)


def _burn(name: str) -> str:
    """A recorded burn rate of the chosen model; of several namespaces the worst."""
    return f"max({name}{{{', '.join(_CHOSEN)}}})"


def _per_second(name: str, by: str = "", *matchers: str) -> str:
    grouped = f"sum by ({by}) " if by else "sum"
    return f"{grouped}(rate({_of(name, *matchers)}[{_WINDOW}]))"


def _quantile(share: float, histogram: str, by: str = "le") -> str:
    return f"histogram_quantile({share:g}, {_per_second(f'{histogram}_bucket', by)})"


def _age(name: str, *matchers: str, by: str = "") -> str:
    grouped = f"max by ({by}) " if by else "max"
    return f"time() - {grouped}({_of(name, *matchers)})"


def _service() -> list[Panel]:
    answered = _per_second("prediction_duration_seconds_count")
    burns = ((availability_burn, "Availability"), (latency_burn, "Latency"))
    return [
        stat("Answers", "Requests answered with a prediction.", "reqps", answered),
        *(
            stat(
                f"{kind} budget",
                "Burn rate over an hour: 1 spends the budget of 30 days in 30 days.",
                "none",
                _burn(burn("1h")),
                (1, 14.4),
            )
            for burn, kind in burns
        ),
        stat(
            "Unshipped rows",
            "Predicted rows that have not reached the prediction log's database.",
            "short",
            f"sum({_of('prediction_log_lag_rows')})",
        ),
        timeseries(
            "Requests",
            "Answered; rejected for what they hold (4xx); failed for the server's reasons (5xx).",
            "reqps",
            (answered, "answered"),
            (_per_second("rejected_requests_total"), "rejected"),
            (_per_second("failed_requests_total"), "failed"),
        ),
        timeseries(
            "Latency",
            "From a request's last byte to its answer; answered requests only.",
            "s",
            *((_quantile(q, "prediction_duration_seconds"), f"p{q:.4g}") for q in _QUANTILES),
            log=True,
        ),
        heatmap(
            "Latency by bucket",
            "Answers a bucket: shows two humps where a percentile shows neither.",
            "s",
            f"sum by (le) (increase({_of('prediction_duration_seconds_bucket')}[{_WINDOW}]))",
        ),
        timeseries(
            "Prediction log lag",
            "Predicted rows in each server's spool that have not reached the database.",
            "short",
            (f"sum by (pod) ({_of('prediction_log_lag_rows')})", "{{pod}}"),
        ),
        *(
            timeseries(
                f"{kind} burn rate",
                "Alerts compare a long with a short window: above 14.4 over 1h, 6 over 6h"
                " (critical), 3 over 1d, 1 over 3d (warning).",
                "none",
                *((_burn(burn(window)), window) for window in ("5m", "1h", "6h", "1d", "3d")),
                limits=(1, 6, 14.4),
            )
            for burn, kind in burns
        ),
        timeseries(
            "Rejected, by reason",
            "The client's mistakes.",
            "reqps",
            (_per_second("rejected_requests_total", "reason"), "{{reason}}"),
            stacked=True,
        ),
        timeseries(
            "Failed, by reason",
            "log: the prediction log refuses writes. features: the online store is away."
            " internal: a bug, see the server's log.",
            "reqps",
            (_per_second("failed_requests_total", "reason"), "{{reason}}"),
            stacked=True,
        ),
        timeseries(
            "Feature look-ups",
            "Reads of the online store, each for all requests that wait.",
            "ops",
            (_per_second("feature_lookup_duration_seconds_count"), "reads"),
        ),
        timeseries(
            "Feature look-up time",
            "Time of one read of the online store.",
            "s",
            *((_quantile(q, "feature_lookup_duration_seconds"), f"p{q:.4g}") for q in _QUANTILES),
            log=True,
        ),
    ]


_QUANTILES = (0.5, 0.9, 0.99, 0.999)


def _model() -> list[Panel]:
    rows = _per_second("predictions_total", "version")
    return [
        stat(
            "Champion's age",
            "Since the released champion was registered.",
            "s",
            _age("model_created_timestamp_seconds"),
        ),
        stat(
            "Last training",
            "Since a training run last succeeded, whether it promoted a model or not.",
            "s",
            _age("task_finished_timestamp_seconds", 'task="training"', 'outcome="succeeded"'),
        ),
        stat(
            "Last failed training",
            "Since a training run last failed.",
            "s",
            _age("task_finished_timestamp_seconds", 'task="training"', 'outcome="failed"'),
        ),
        stat(
            "Servers",
            "Servers with a loaded version.",
            "none",
            f"count(max by (namespace, pod, instance) ({_of('model_info')}))",
        ),
        timeseries(
            "Predictions, by version",
            "Rows predicted by each version.",
            "ops",
            (rows, "version {{version}}"),
        ),
        timeseries(
            "Share of predictions, by version",
            "What the release plan comes to.",
            "percentunit",
            (
                f"{rows} / ignoring (version) group_left {_per_second('predictions_total')}",
                "version {{version}}",
            ),
            stacked=True,
        ),
        timeseries(
            "p99 latency, by version",
            "From a request's last byte to its answer.",
            "s",
            (_quantile(0.99, "prediction_duration_seconds", "le, version"), "version {{version}}"),
        ),
        timeseries(
            "Rows per request, by version",
            "1 for single predictions, more for batches.",
            "none",
            (
                f"{rows} / {_per_second('prediction_duration_seconds_count', 'version')}",
                "version {{version}}",
            ),
        ),
        table(
            "Loaded versions",
            "The versions that servers hold now, with the SHA-256 of their ONNX file.",
            f"count by (namespace, version, digest) ({_of('model_info')})",
            ("namespace", "version", "digest", "Value"),
        ),
        timeseries(
            "Release plan errors",
            "Release plans that could not be followed; the version before stays.",
            "ops",
            (_per_second("release_plan_errors_total"), "errors"),
        ),
    ]


def _data() -> list[Panel]:
    share, limit = (f"max({_of(name)})" for name in ("drift_share", "drift_threshold"))
    return [
        stat(
            "Verdict",
            "Of the newest report.",
            "none",
            # Plus nothing of the share: a NaN stays one, since inconclusive is not 'no drift'.
            f"({share} > bool {limit}) + 0 * {share}",
            (1,),
            {"0": "no drift", "1": "drift", "nan": "inconclusive"},
        ),
        stat(
            "Drift share",
            "Share of the model's inputs that drifted in the newest report.",
            "percentunit",
            share,
        ),
        stat(
            "Last checked",
            "Since the newest drift report.",
            "s",
            _age("drift_checked_timestamp_seconds"),
        ),
        stat(
            "Rows compared",
            "Logged rows in the newest report.",
            "short",
            f"max({_of('drift_rows')})",
        ),
        timeseries(
            "Drift share and its limit",
            "Above the limit the model has drifted; a gap is an inconclusive report.",
            "percentunit",
            (share, "share"),
            (limit, "limit"),
        ),
        timeseries(
            "Rows compared over time",
            "Logged rows in the newest report.",
            "short",
            (f"max({_of('drift_rows')})", "rows"),
        ),
        timeseries(
            "Age of the features, by view",
            "Since the newest event in the online store.",
            "s",
            (_age("feature_freshness_timestamp_seconds", by="view"), "{{view}}"),
        ),
        timeseries(
            "Age of the newest runs",
            "Since each task last ended with each outcome.",
            "s",
            (
                _age("task_finished_timestamp_seconds", by="task, outcome"),
                "{{task}} {{outcome}}",
            ),
        ),
    ]
