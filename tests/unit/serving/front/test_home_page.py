"""The first page: models, a form that holds a row which works, commands to copy."""

import json
from html import unescape
from types import SimpleNamespace
from typing import Any, cast

from homestead.serving.front.home_page import home_page, waiting_page
from homestead.serving.front.served_models import served_document
from homestead.serving.models.rollout import ServedModels
from tests.homes import homes_contract

ROW = {"id": 7, "kind": "it's </textarea>"}


def html(**changes: Any) -> str:
    contract = homes_contract(**changes)
    champion, challenger = (
        SimpleNamespace(version=version, digest=version * 64, contract=contract)
        for version in ("1", "2")
    )
    served = ServedModels(cast(Any, champion), cast(Any, challenger), traffic_share=0.25)
    return home_page(served_document(served), contract, ROW, 9001).decode()


def test_models_links_and_form_are_there() -> None:
    page = html()
    assert "<td>1</td><td>champion</td><td>0.75</td>" in page
    assert "<td>2</td><td>challenger</td><td>0.25</td>" in page
    for link in ("/docs", "/openapi.json", "/models", 'data-port="9001"'):
        assert link in page
    form = page.partition('aria-label="Row">')[2].partition("</textarea>")[0]
    assert json.loads(unescape(form)) == ROW
    assert 'name="interval"' not in page


def test_commands_to_copy_hold_the_row_as_their_language_writes_it() -> None:
    page = unescape(html())
    assert """-d '{"id": 7, "kind": "it'\\''s </textarea>"}'""" in page
    assert """client.predict({'id': 7, 'kind': "it's </textarea>"}).value""" in page


def test_texts_are_escaped_and_the_unit_is_said() -> None:
    page = html(target_unit="<EUR>", problem="a<b")
    assert "<h1>a&lt;b</h1>" in page
    assert "A regression of price, in &lt;EUR&gt;." in page
    assert "<EUR>" not in page


def test_a_server_without_a_model_says_what_makes_one() -> None:
    page = waiting_page("homes", "no model is released yet").decode()
    assert "homestead train" in page
    assert "reload" in page
