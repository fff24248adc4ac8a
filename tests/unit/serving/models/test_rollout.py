"""Which model answers: the challenger's share, and subjects that keep their model."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.models.rollout import ServedModels, in_rollout, rollout_subject
from tests.homes import homes_contract


def test_a_version_may_be_named_by_its_alias() -> None:
    champion = cast(Any, SimpleNamespace(version="1"))
    challenger = cast(Any, SimpleNamespace(version="2"))
    served = ServedModels(champion, challenger)
    assert served.with_version("champion") is served.with_version("1") is champion
    assert served.with_version("challenger") is served.with_version("2") is challenger
    with pytest.raises(RefusedError, match="version 'challenger' is not served; served: 1"):
        ServedModels(champion).with_version("challenger")


def test_a_growing_share_keeps_those_who_are_in_it() -> None:
    subjects = [str(number) for number in range(4000)]
    shares = [{s for s in subjects if in_rollout(s, share)} for share in (0.0, 0.1, 0.5, 1.0)]
    assert shares[0] == set()
    assert shares[0] < shares[1] < shares[2] < shares[3] == set(subjects)
    assert 320 < len(shares[1]) < 480


def test_the_subject_is_the_first_rows_key() -> None:
    contract = homes_contract()
    assert rollout_subject([{"id": 7}, {"id": 8}], contract) == "7"
    assert rollout_subject([{"id": 7.0}], contract) == "7"
    rows: list[list[dict[str, object]] | None] = [None, [], [{}], [{"id": None}]]
    assert [rollout_subject(each, contract) for each in rows] == [None] * 4
