"""A release's requests: who answers, what is paired, and which failures are evidence."""

from collections import Counter
from typing import Any

import pytest

from homestead.problem.sections.column import Column
from homestead.release.plan import ReleaseStep
from homestead.settings import Settings
from tests.small_models import SMALL_ROW, SmallServer, release, save_version

STEP = ReleaseStep(id="r1", step=2)
STRICT = {
    "id": Column(type="integer"),
    "area": Column(type="number", range=(10, 50)),
    "rooms": Column(type="integer"),
}


def serve(
    settings: Settings,
    champion: dict[str, Any] | None = None,
    challenger: dict[str, Any] | None = None,
    **plan: Any,
) -> SmallServer:
    """Serve two versions, whose contracts have these changes, in a step of a release."""
    versions = [
        save_version(settings.home, name, **{"factor": factor, **(changes or {})})
        for name, factor, changes in (("1", 1.0, champion), ("2", 2.0, challenger))
    ]
    release(settings, versions[0], **{"challenger": versions[1], "release": STEP, **plan})
    return SmallServer(settings)


def version_of(response: tuple[int, Any]) -> str:
    assert response[0] == 200, response
    return str(response[1]["meta"]["tags"]["model_version"])


def failures(server: SmallServer) -> list[dict[str, Any]]:
    return [entry for entry in server.entries() if entry["kind"] == "failure"]


def test_lines_of_a_release_have_its_mark_and_those_of_others_have_none(
    settings: Settings,
) -> None:
    server = serve(settings, traffic_share=1.0)
    assert version_of(server.post({"jsonData": SMALL_ROW})) == "2"
    (entry,) = server.entries()
    assert entry["release"] == "r1/2"
    assert 0 < entry["latency_s"] < 10
    release(settings, save_version(settings.home, "1"))
    server.manager.poll_plan()
    server.post({"jsonData": SMALL_ROW})
    assert not {"release", "latency_s"} & server.entries()[1].keys()


def test_a_failing_challenger_is_answered_by_the_champion_and_is_evidence(
    settings: Settings,
) -> None:
    server = serve(settings, challenger={"columns": STRICT}, traffic_share=0.7)
    rows = [{**SMALL_ROW, "id": number} for number in range(20)]
    versions = {version_of(server.post({"jsonData": row})) for row in rows}
    assert versions == {"1"}
    found = failures(server)
    assert 8 <= len(found) <= 19
    assert {(e["side"], e["failure"], e["version"]) for e in found} == {
        ("challenger", "refused", "2")
    }
    assert {(e["release"], e["challenger_share"]) for e in found} == {("r1/2", 0.7)}
    # One subject each, and none of them readable.
    assert len({e["subject"] for e in found}) == len(found)
    assert all(len(e["subject"]) == 32 for e in found)
    labels = {"side": "challenger", "kind": "refused"}
    assert server.value("homestead_release_failures_total", **labels) == len(found)
    # The champion's time holds the challenger's, so it is nobody's latency.
    answers = [e for e in server.entries() if e["kind"] == "prediction"]
    assert sum("latency_s" in e for e in answers) == 20 - len(found)


def test_a_failing_champion_answers_with_its_error_and_is_evidence(settings: Settings) -> None:
    server = serve(settings, champion={"columns": STRICT}, traffic_share=0.0)
    status, content = server.post({"jsonData": SMALL_ROW})
    assert status == 400
    assert "area" in content["status"]["info"]
    (failure,) = server.entries()
    assert (failure["side"], failure["failure"], failure["version"]) == (
        "champion",
        "refused",
        "1",
    )


def test_a_request_on_which_both_fail_is_no_evidence(settings: Settings) -> None:
    for share in (0.0, 1.0):
        server = serve(settings, traffic_share=share, paired_share=1.0)
        assert server.post({"jsonData": {**SMALL_ROW, "area": "x"}})[0] == 400
        assert failures(server) == []


def test_in_shadow_the_champion_answers_all_and_pairs_are_even(settings: Settings) -> None:
    server = serve(settings, challenger={"columns": STRICT}, paired_share=1.0)
    assert version_of(server.post({"jsonData": SMALL_ROW})) == "1"
    assert version_of(server.post({"jsonData": {**SMALL_ROW, "area": 20}})) == "1"
    (failure,) = failures(server)
    assert (failure["side"], failure["challenger_share"]) == ("challenger", 0.5)
    answered, _, second, shadow = server.entries()
    assert (answered["version"], second["version"], shadow["version"]) == ("1", "1", "2")
    assert shadow["shadow_of"] == second["id"]
    assert shadow["release"] == "r1/2"
    assert "latency_s" not in shadow
    assert server.value("homestead_release_pairs_total") == 1
    assert server.value("homestead_release_requests_total", role="champion") == 2


def test_pairs_are_a_sample_of_each_models_requests(settings: Settings) -> None:
    server = serve(settings, traffic_share=0.5, paired_share=0.5)
    for number in range(200):
        server.post({"jsonData": {**SMALL_ROW, "id": number}})
    entries = server.entries()
    shadows = Counter(e["version"] for e in entries if "shadow_of" in e)
    answers = Counter(e["version"] for e in entries if "shadow_of" not in e)
    assert answers.total() == 200
    # Binomial with n = 100 each, four standard deviations and more.
    assert all(25 <= shadows[version] <= 75 for version in "12")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_answer_outside_the_targets_range_is_sent_and_is_a_failure(
    settings: Settings, share: float
) -> None:
    # The sum is 83, and twice that with the challenger.
    limits = {"target_range": (0.0, 100.0)}
    server = serve(settings, challenger=limits, traffic_share=share, paired_share=1.0)
    assert version_of(server.post({"jsonData": SMALL_ROW})) == ("2" if share else "1")
    (failure,) = failures(server)
    assert (failure["side"], failure["failure"]) == ("challenger", "out_of_range")
    assert len(server.entries()) == 3


def test_an_answer_that_is_not_finite_is_a_kind_of_its_own(settings: Settings) -> None:
    server = serve(settings, challenger={"factor": float("inf")}, traffic_share=1.0)
    assert version_of(server.post({"jsonData": SMALL_ROW})) == "1"
    assert [e["failure"] for e in failures(server)] == ["not_finite"]


def test_subjects_stay_with_their_model_over_many_requests_and_growing_shares(
    settings: Settings,
) -> None:
    def challengers(server: SmallServer, requests: int) -> set[int]:
        found = set()
        for number in range(200):
            row = {"jsonData": {**SMALL_ROW, "id": number}}
            versions = {version_of(server.post(row)) for _ in range(requests)}
            assert len(versions) == 1
            if versions == {"2"}:
                found.add(number)
        return found

    server = serve(settings, traffic_share=0.1)
    first = challengers(server, 5)
    assert 6 <= len(first) <= 36
    challenger = save_version(settings.home, "2", 2.0)
    release(settings, save_version(settings.home, "1"), challenger=challenger, traffic_share=0.4)
    server.manager.poll_plan()
    grown = challengers(server, 1)
    assert first < grown
