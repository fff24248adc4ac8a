"""The guides show only commands, options, variables and names of the code that exist."""

import re
from pathlib import Path

import click
import pytest

from homestead.cli.main import main
from tests.shell_blocks import shell_blocks
from tests.unit.docs.pages import PAGES, ROOT, page_name

GUIDES = [page for page in PAGES if page.name != "CHANGELOG.md"]
TARGETS = set(
    re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
)
# Where a variable is read, or handed to what reads it.
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("homestead", "scripts", "tests")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file() and path.suffix in ("", ".py")
)


def _code(page: Path) -> list[str]:
    """Return the page's code spans, and the lines of its shell blocks and indented code blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    blocks += [line for block in shell_blocks(text) for line in block.script.splitlines()]
    return [*re.findall(r"`([^`\n]+)`", text), *blocks]


def _command(words: list[str]) -> click.Command | None:
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            break
        if word not in command.commands:
            return None
        command = command.commands[word]
    return command


@pytest.mark.parametrize("page", GUIDES, ids=page_name)
def test_make_targets_exist(page: Path) -> None:
    named = {name for code in _code(page) for name in re.findall(r"\bmake ([a-z][a-z0-9-]*)", code)}
    assert named - TARGETS == set()


@pytest.mark.parametrize("page", GUIDES, ids=page_name)
def test_commands_and_their_options_exist(page: Path) -> None:
    unknown = []
    for code in _code(page):
        match = re.match(r"(?:\.venv/bin/)?homestead ([a-z][a-z-]*(?: [a-z][a-z-]*)*)(.*)", code)
        if match is None:
            continue
        command = _command(match[1].split())
        options = set(re.findall(r"(?<!\S)(--[a-z-]+)", match[2].partition("#")[0]))
        parameters = command.params if command else []
        known = {name for p in parameters for name in (*p.opts, *p.secondary_opts)}
        if command is None or options - known:
            unknown.append(code)
    assert not unknown


@pytest.mark.parametrize("page", GUIDES, ids=page_name)
def test_variables_exist(page: Path) -> None:
    named = set(re.findall(r"\bHOMESTEAD_[A-Z0-9_]*[A-Z0-9]\b", page.read_text(encoding="utf-8")))
    assert {name for name in named if name not in SOURCES} == set()


@pytest.mark.parametrize("page", GUIDES, ids=page_name)
def test_names_of_the_code_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # Constants, and calls; names of classes and functions alone may be those of a library.
    named = re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|\w+(?=\(.*\)`))", text)
    assert {name for name in named if name not in SOURCES} == set()
