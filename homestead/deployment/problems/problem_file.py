"""The problem file as pods read it: in a ConfigMap, with a source that they can reach."""

import re

import yaml

from homestead.deployment.problems.pod_source import with_pod_source
from homestead.errors import UserError
from homestead.problem.loader import dump_problem, parse_problem
from homestead.problem.schema import Problem

# What the API server takes of all values of a ConfigMap together.
MAX_CONFIG_MAP_BYTES = 1024 * 1024
_SOURCE = re.compile(r"^source:.*$", re.MULTILINE)


def text_for_pods(problem: Problem, text: str) -> str:
    """Return the text of a problem file, with its comments, and a source that pods can read.

    Args:
        problem: as loaded from the file, with its source's whole path.
        text: the file's text.

    Raises:
        UserError: no pod can read the source, or the text is too large for a ConfigMap.
    """
    in_pod = with_pod_source(problem)
    if parse_problem(text).source != in_pod.source:
        line = yaml.safe_dump({"source": in_pod.source}, width=10_000).rstrip()
        text = _SOURCE.sub(lambda _: line, text, count=1)
        if parse_problem(text) != in_pod:
            # The key is written in another way, such as in quotes.
            text = dump_problem(in_pod)
    size = len(text.encode())
    if size > MAX_CONFIG_MAP_BYTES:
        raise UserError(
            f"problem {problem.name}: the file has {size:,} bytes, a ConfigMap holds"
            f" {MAX_CONFIG_MAP_BYTES:,}; long lists of allowed categories take most of it"
        )
    return text
