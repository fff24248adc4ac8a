"""Counts of the HTTP responses by route and status, and of the requests in flight."""

from collections import defaultdict

from homestead.serving.http.request import HttpRequest
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.routes import RouteTable, parse_target

# Of paths that have no route, and of what is no HTTP: clients must not be able to make series.
_NO_ROUTE = "other"


class ResponseCounter:
    """Counts in plain integers, because it does so for each request; a scrape copies them.

    Attributes:
        started: requests that have arrived, whether they are answered or not.
    """

    def __init__(self, problem: str, routes: RouteTable, metrics: ServerMetrics) -> None:
        self.started = 0
        self._problem = problem
        self._routes = routes
        self._metrics = metrics
        # Responses by route and status, and how many of them Prometheus has seen.
        self._counts: dict[str, dict[int, int]] = {}
        self._exposed: dict[tuple[str, int], int] = defaultdict(int)
        # The targets of most requests are found without parsing them.
        self._counts_by_target = {
            path.encode(): self._counts_of(path) for path in routes.exact_paths
        }
        metrics.before_scrape(self._expose)

    def count(self, request: HttpRequest, status: int) -> None:
        """Count the response to a request."""
        counts = self._counts_by_target.get(request.target)
        if counts is None:
            counts = self._counts_of(self._route_path(request.target))
            if request.rejection is not None:
                self.started += 1  # the application has not seen it
        counts[status] += 1

    def _counts_of(self, route_path: str) -> dict[int, int]:
        return self._counts.setdefault(route_path, defaultdict(int))

    def _route_path(self, target: bytes) -> str:
        try:
            path, _ = parse_target(target)
        except ValueError:
            return _NO_ROUTE
        match = self._routes.find(path)
        return _NO_ROUTE if match is None else match.route.path

    def _expose(self) -> None:
        started, answered = self.started, 0
        # Copies, because another thread may go on counting.
        for route, counts in list(self._counts.items()):
            for status, count in list(counts.items()):
                answered += count
                new = count - self._exposed[route, status]
                self._exposed[route, status] = count
                self._metrics.counter(
                    "homestead_http_requests_total", self._problem, route, str(status)
                ).inc(new)
        self._metrics.gauge("homestead_http_requests_in_flight", self._problem).set(
            max(started - answered, 0)
        )
