"""The registry: whatever is killed or runs at once, one certified champion is left."""

import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from homestead.settings import Settings
from homestead.tracking import runs
from tests.conftest import settings_at
from tests.registry import (
    PROBLEM,
    Candidates,
    forked,
    promote,
    read_candidates,
    read_state,
    write_candidates,
)


@dataclass(frozen=True)
class Store:
    """A store with three candidates, none of them registered, and a copy of its home.

    Only forks open it, since it is replaced under them.
    """

    settings: Settings
    copy: Path
    candidates: Candidates

    def restore(self, copy: Path | None = None) -> None:
        """Make the store what it was when it was copied."""
        shutil.rmtree(self.settings.home)
        shutil.copytree(copy or self.copy, self.settings.home)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("registry")
    settings, copy, summaries = settings_at(folder / "home"), folder / "copy", folder / "c.json"
    process = forked(write_candidates, settings, summaries)
    process.join(120)
    assert process.exitcode == 0
    shutil.copytree(settings.home, copy)
    return Store(settings, copy, read_candidates(summaries))


@pytest.fixture
def store(shared_store: Store) -> Store:
    """Return the store as it was before any promotion."""
    shared_store.restore()
    return shared_store


def promote_in_a_fork(*arguments: Any) -> int:
    """Return the exit code of a process that promotes."""
    process = forked(promote, *arguments)
    process.join(60)
    assert process.exitcode is not None
    return int(process.exitcode)


@pytest.mark.parametrize("then", ["the same", "another"])
def test_killed_after_any_write_the_next_promotion_ends_right(
    store: Store, tmp_path: Path, then: str
) -> None:
    settings = store.settings
    first, second, third = sorted(store.candidates.values(), key=lambda c: c.digest)
    assert promote_in_a_fork(settings, first, None) == 0
    before = tmp_path / "before"
    shutil.copytree(settings.home, before)
    for writes in range(1, 20):
        store.restore(before)
        exit_code = promote_in_a_fork(settings, second, first.digest, writes)
        interrupted = read_state(settings, tmp_path)
        assert interrupted.champion in (first.digest, second.digest)
        last = second if then == "the same" else third
        assert promote_in_a_fork(settings, last, first.digest) == 0
        state = read_state(settings, tmp_path)
        assert state.champion == last.digest
        previous = first.digest if then == "the same" else interrupted.champion
        assert state.aliases == {"champion": last.digest, "previous": previous}
        assert state.statuses == ["registered"]
        # One that was registered, but not yet the challenger, stays without a release.
        registered = {first.digest, interrupted.champion, last.digest}
        assert registered <= set(state.digests) <= {*registered, second.digest}
        if exit_code == 0:
            break
        assert exit_code == -signal.SIGKILL
    assert writes > 6


def test_promotions_at_once_are_evaluated_against_each_other(store: Store, tmp_path: Path) -> None:
    processes = [
        forked(promote, store.settings, candidate, None)
        for candidate in [*store.candidates.values(), *store.candidates.values()]
    ]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 6
    state = read_state(store.settings, tmp_path)
    assert state.champion == max(candidate.digest for candidate in store.candidates.values())
    assert "challenger" not in state.aliases
    assert len(state.digests) == len(set(state.digests))


def start_first_run(settings: Settings) -> None:
    runs.start_run(runs.open_client(settings), settings, PROBLEM, {})


def test_several_processes_may_create_a_store_at_once(settings: Settings) -> None:
    processes = [forked(start_first_run, settings) for _ in range(4)]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 4
    mlflow = runs.open_client(settings)
    experiment = mlflow.get_experiment_by_name(PROBLEM.name)
    assert experiment is not None
    assert len(mlflow.search_runs([experiment.experiment_id])) == 4
