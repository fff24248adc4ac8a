"""Pages about what is served: the versions, and documents with the example that was found."""

import json
from typing import Any

import pytest

from homestead.serving.app import ADAPTERS
from homestead.serving.errors import RefusedError
from homestead.serving.front.example_row import ExampleRow
from homestead.serving.models.manager import ModelManager
from homestead.serving.protocol_pages import Pages
from homestead.serving.protocols.base import PageKind
from homestead.settings import Settings
from tests.small_models import SmallServer, release, save_version


def pages(manager: ModelManager) -> Pages:
    return Pages(manager, ADAPTERS, ExampleRow(manager))


def served(found: Pages) -> Any:
    return json.loads(found.protocol_page(ADAPTERS[0], PageKind.SERVED, None, is_draining=False))


def test_the_served_versions_are_named_with_their_shares(settings: Settings) -> None:
    champion, challenger = (save_version(settings.home, name) for name in ("1", "2"))
    release(settings, champion, challenger=challenger, traffic_share=0.25)
    found = served(pages(SmallServer(settings).manager))
    assert [(v["version"], v["role"], v["share"]) for v in found["versions"]] == [
        ("1", "champion", 0.75),
        ("2", "challenger", 0.25),
    ]
    assert (found["target"], found["key"]) == ("price", ["id"])
    assert found["fields"] == ["id", "area", "rooms"]


def test_nothing_is_shown_before_the_first_release(settings: Settings) -> None:
    found = pages(SmallServer(settings, is_released=False).manager)
    for read in (found.docs, found.openapi, lambda: served(found)):
        with pytest.raises(RefusedError, match="no model is released yet"):
            read()


def test_documents_are_made_anew_when_an_example_is_found(settings: Settings) -> None:
    release(settings, save_version(settings.home, "1"))
    manager = SmallServer(settings).manager
    example = ExampleRow(manager)
    found = Pages(manager, ADAPTERS, example)
    before = found.openapi()
    assert found.openapi() is before
    champion = manager.champion
    assert champion is not None
    example._contract, example._found = champion.contract, {"area": 123.5, "rooms": 2}
    assert b'"area":123.5' in found.openapi()
    assert b"123.5" in found.docs()
