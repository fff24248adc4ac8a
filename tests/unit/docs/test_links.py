"""The guides refer only to files, folders and pages that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import homestead
from tests.unit.docs.pages import PAGES, ROOT, page_name

_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# Code spans that begin like this are paths from the root of the repository.
_FOLDERS = (
    ".github",
    "benchmarks",
    "components",
    "data",
    "docs",
    "homestead",
    "manifests",
    "pipelines",
    "problems",
    "requirements",
    "scripts",
    "serving",
    "tests",
)
_PATH = re.compile(rf"(?:{'|'.join(map(re.escape, _FOLDERS))})/[\w./*<>-]*")
# Pages that name what used to be: old paths are right there.
_HISTORY = {"CHANGELOG.md"}
# Written by a command that a guide explains, or absent from a clone.
_NOT_COMMITTED = {"homestead/_bundled"}


def _links(text: str) -> Iterator[str]:
    for target in _LINK.findall(_FENCE.sub("", text)):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def _anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_relative_links_have_a_target(page: Path) -> None:
    broken = []
    for link in _links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", [p for p in PAGES if page_name(p) not in _HISTORY], ids=page_name)
def test_paths_in_code_spans_exist(page: Path) -> None:
    missing = []
    for span in _CODE_SPAN.findall(page.read_text(encoding="utf-8")):
        if not _PATH.fullmatch(span) or span.rstrip("/") in _NOT_COMMITTED:
            continue
        # A part in angle brackets stands for any name.
        pattern = re.sub(r"<[^>]*>", "*", span.rstrip("/"))
        if not any(ROOT.glob(pattern)):
            missing.append(span)
    assert not missing


def test_code_owners_are_named_for_paths_that_exist() -> None:
    lines = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    patterns = [line.split()[0] for line in lines if line.startswith("/")]
    assert patterns
    assert [pattern for pattern in patterns if not (ROOT / pattern.strip("/")).exists()] == []


@pytest.mark.parametrize("page", [p for p in PAGES if page_name(p) not in _HISTORY], ids=page_name)
def test_module_names_in_code_spans_exist(page: Path) -> None:
    missing = [
        span
        for span in _CODE_SPAN.findall(page.read_text(encoding="utf-8"))
        if re.fullmatch(r"homestead(\.[a-z_][a-z0-9_]*)+", span)
        and span.removeprefix("homestead.") not in homestead.__all__
        and not any(
            (ROOT / span.replace(".", "/")).with_suffix(suffix).exists() for suffix in ("", ".py")
        )
    ]
    assert not missing
