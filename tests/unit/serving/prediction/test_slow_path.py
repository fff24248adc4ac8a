"""Named versions, challenger and shadow, and failures of one of them."""

import pytest

from homestead.problem.sections.column import Column
from homestead.serving.inputs import fast_path
from homestead.settings import Settings
from tests.small_models import SMALL_ROW, SmallServer, release, save_version

STRICT = {
    "id": Column(type="integer"),
    "area": Column(type="number", range=(10, 50)),
    "rooms": Column(type="integer"),
}


def version_of(response: tuple[int, dict[str, dict[str, dict[str, str]]]]) -> str:
    assert response[0] == 200, response
    return response[1]["meta"]["tags"]["model_version"]


def test_a_named_version_answers_whatever_the_share(settings: Settings) -> None:
    challenger = save_version(settings.home, "2", 2.0)
    release(settings, save_version(settings.home, "1"), challenger=challenger, traffic_share=0.0)
    server = SmallServer(settings)
    assert version_of(server.post({"jsonData": SMALL_ROW})) == "1"
    status, content = server.post({"jsonData": SMALL_ROW}, version="2")
    assert (status, content["data"]["ndarray"]) == (200, [[166.0]])
    status, content = server.post({"jsonData": SMALL_ROW}, version="7")
    assert status == 404
    assert content["status"]["info"] == "version '7' is not served; served: 1, 2"


def test_a_subject_keeps_its_model(settings: Settings) -> None:
    challenger = save_version(settings.home, "2")
    release(settings, save_version(settings.home, "1"), challenger=challenger, traffic_share=0.5)
    server = SmallServer(settings)
    rows = [{**SMALL_ROW, "id": number} for number in range(40)]
    first = [version_of(server.post({"jsonData": row})) for row in rows]
    assert set(first) == {"1", "2"}
    assert [version_of(server.post({"jsonData": row})) for row in rows] == first


def test_the_champion_answers_for_a_failing_challenger(settings: Settings) -> None:
    challenger = save_version(settings.home, "2", columns=STRICT)
    release(settings, save_version(settings.home, "1"), challenger=challenger, traffic_share=1.0)
    server = SmallServer(settings)
    assert version_of(server.post({"jsonData": {**SMALL_ROW, "area": 20}})) == "2"
    assert version_of(server.post({"jsonData": SMALL_ROW})) == "1"
    assert server.value("homestead_challenger_failures_total", version="2") == 1


def test_a_clients_mistake_is_not_the_challengers(settings: Settings) -> None:
    challenger = save_version(settings.home, "2", columns=STRICT)
    release(settings, save_version(settings.home, "1"), challenger=challenger, traffic_share=1.0)
    server = SmallServer(settings)
    assert server.post({"jsonData": {**SMALL_ROW, "area": "x"}})[0] == 400
    assert server.value("homestead_challenger_failures_total", version="2") == 0


def test_a_pair_is_logged_side_by_side(settings: Settings) -> None:
    challenger = save_version(settings.home, "2", 2.0)
    release(settings, save_version(settings.home, "1"), challenger=challenger, paired_share=1.0)
    server = SmallServer(settings)
    assert version_of(server.post({"jsonData": SMALL_ROW})) == "1"
    answered, shadow = server.entries()
    assert (answered["version"], answered["predictions"]) == ("1", [83.0])
    assert (shadow["version"], shadow["predictions"]) == ("2", [166.0])
    assert shadow["shadow_of"] == answered["id"]


def test_missing_fields_are_refused_where_nothing_can_be_looked_up(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    status, content = SmallServer(settings).post({"jsonData": {"area": 80}})
    assert (status, content["status"]["info"]) == (400, "missing field rooms")


def test_a_model_without_explanation_says_so(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    status, content = SmallServer(settings).post({"jsonData": SMALL_ROW}, explain=True)
    assert (status, content["status"]["reason"]) == (501, "explain")


@pytest.mark.parametrize("has_challenger", [False, True])
def test_a_field_is_checked_by_the_fast_path_once_per_model(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, has_challenger: bool
) -> None:
    """Requests that leave the fast path late, such as large ones, must not pay for it twice."""
    tried: list[str] = []
    compiled = fast_path.compile_fast_path

    def counting(contract, *arguments):  # type: ignore[no-untyped-def]
        inputs_of = compiled(contract, *arguments)

        def count(row, now):  # type: ignore[no-untyped-def]
            tried.append(contract.target)
            return inputs_of(row, now)

        return count

    monkeypatch.setattr("homestead.serving.inputs.resolver.compile_fast_path", counting)
    champion = save_version(settings.home, "1", target="champion")
    challenger = save_version(settings.home, "2", target="challenger")
    plan = {"challenger": challenger, "paired_share": 1.0} if has_challenger else {}
    release(settings, champion, **plan)
    server = SmallServer(settings)
    assert server.post({"jsonData": {**SMALL_ROW, "rooms": 3.0}})[0] == 200
    assert tried == (["champion", "challenger"] if has_challenger else ["champion"])
