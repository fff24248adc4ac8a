"""The champion in Python: answers with a server's bits, aligned to the frame."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import homestead
from homestead.api.champion import Champion
from homestead.api.page import Page
from homestead.model.onnx_model import Model
from homestead.settings import Settings
from homestead.tracking import runs
from tests.factories import certificate
from tests.small_models import SmallServer, release, save_version, small_onnx


def _champion(settings: Settings, factor: float) -> Champion:
    version = save_version(settings.home / "models", "3", factor)
    release(settings, version)
    return Champion(Model(small_onnx(factor)), version, certificate(), settings)


def test_answers_are_a_servers_bit_by_bit(settings: Settings) -> None:
    champion = _champion(settings, factor=1 / 3)
    frame = pd.DataFrame(
        {"area": np.linspace(20, 321, 7), "rooms": [1, 2, 3, 4, 5, 6, 7]}, index=list("abcdefg")
    )
    rows = json.loads(frame.to_json(orient="records", double_precision=15))
    status, content = SmallServer(settings).post({"jsonData": rows})
    assert status == 200, content
    answers = champion.predict(pd.DataFrame(rows, index=frame.index))
    assert answers.index.equals(frame.index)
    assert answers.name == "price"
    assert answers.tolist() == [
        row[0] if isinstance(row, list) else row for row in _values(content)
    ]
    assert champion.predict(frame.iloc[:0]).empty


def _values(content: dict[str, object]) -> list[object]:
    """Return the predictions in Seldon's answer, whichever form it has."""
    data = content.get("data", {})
    assert isinstance(data, dict)
    values = data.get("ndarray") or data["tensor"]["values"]
    assert isinstance(values, list)
    return values


def test_what_a_model_lacks_is_said_in_one_sentence(settings: Settings) -> None:
    champion = _champion(settings, factor=2.0)
    frame = pd.DataFrame({"area": [80.0], "rooms": [3]})
    with pytest.raises(homestead.UserError, match=r"^homes: a regression has no probabilities"):
        champion.predict_proba(frame)
    with pytest.raises(homestead.UserError, match=r"^homes: version 3 has no prediction intervals"):
        champion.predict_interval(frame)
    with pytest.raises(homestead.RefusedRowsError, match=r"^version 3: ") as error:
        champion.explain(frame)
    assert error.value.reason == "explain"


def test_a_home_without_a_champion_is_not_made(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    home = tmp_path / "none"
    # MLflow would remember the registry that was used before.
    runs.open_client(settings)
    with pytest.raises(homestead.NoChampionError, match=r"^homes: found no champion in .*none; "):
        homestead.load_champion("homes", home=home)
    assert not home.exists()


def test_a_notebook_shows_a_champion_and_a_page(settings: Settings, tmp_path: Path) -> None:
    champion = _champion(settings, factor=2.0)
    html = champion._repr_html_()
    for text in (
        "homes, version 3",
        "Predicts price",
        champion.digest,
        "2,877 rows",
        "area, rooms",
    ):
        assert text in html
    page = Page("A <card>", '<p class="x">5 &lt; 6</p>')
    assert 'srcdoc="&lt;p class=&quot;x&quot;&gt;5 &amp;lt; 6' in page._repr_html_()
    assert page.write(tmp_path / "card.html").read_text() == page.html
