"""Help of each command: whole summaries at 80 columns, examples that can be typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from homestead.cli.shared.help import HELP_COLUMNS, HomesteadCommand, HomesteadGroup, summary
from homestead.cli.shared.options import ProblemFile


def _commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


COMMANDS = dict(_commands(main))
SHOWN = {path: command for path, command in COMMANDS.items() if not command.hidden}


def help_of(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(main, [*path, "--help"], terminal_width=HELP_COLUMNS)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=" ".join)
def test_each_help_fits_and_has_no_cut_line(path: tuple[str, ...]) -> None:
    text = help_of(path)
    assert text.startswith(f"Usage: main {' '.join(path)}".rstrip())
    assert max(map(len, text.splitlines())) <= HELP_COLUMNS
    assert not [line for line in text.splitlines()[1:] if line.endswith("...")]


@pytest.mark.parametrize("path", SHOWN, ids=" ".join)
def test_each_summary_stands_whole_on_one_line_of_the_list(path: tuple[str, ...]) -> None:
    line = next(
        line.strip()
        for line in help_of(path[:-1]).splitlines()
        if line.startswith(f"  {path[-1]} ")
    )
    assert line.endswith(f"  {summary(SHOWN[path])}")
    assert line.endswith(".")


@pytest.mark.parametrize("path", SHOWN, ids=" ".join)
def test_each_command_and_group_has_an_example_that_it_accepts(path: tuple[str, ...]) -> None:
    command = SHOWN[path]
    assert isinstance(command, HomesteadCommand | HomesteadGroup)
    text = help_of(path)
    assert command.examples
    for example in command.examples:
        assert f"  {example}\n" in text
        # What a pipe, a redirection or $(…) leaves of it.
        words = shlex.split(re.split(r"[|>)]", example.rpartition("homestead ")[2])[0])
        assert words[: len(path)] == list(path)
        _parse(words)


def _parse(words: list[str]) -> None:
    """Parse a command line; raise a UsageError for what the command would refuse."""
    context, command = click.Context(main), main.commands[words[0]]
    rest = words[1:]
    while isinstance(command, click.Group):
        command, rest = command.commands[rest[0]], rest[1:]
    # Files of the examples are not here.
    with pytest.MonkeyPatch.context() as patch:
        for kind in (ProblemFile, click.Path, click.File):
            patch.setattr(kind, "convert", lambda self, value, param, ctx: Path(value))
        command.make_context(str(command.name), rest, parent=context).close()


@pytest.mark.parametrize(
    "words",
    [["init", "--target", "price"], ["init", "flats.csv"], ["serve", "--port", "http"]],
    ids=" ".join,
)
def test_an_example_that_the_command_refuses_is_found(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        _parse(words)


def test_the_root_lists_each_command_once_by_purpose() -> None:
    listed = [name for names in main.sections.values() for name in names]
    assert sorted(listed) == sorted(main.commands)


def test_the_root_says_what_exit_codes_mean() -> None:
    assert "2 a wrong option" in help_of(())


def test_a_misspelt_command_is_answered_with_what_is_alike() -> None:
    result = CliRunner().invoke(main, ["trian"])
    assert result.exit_code == 2
    assert "train" in result.stderr


def test_a_group_without_a_subcommand_shows_its_help() -> None:
    assert "Examples:" in CliRunner().invoke(main, ["release"]).output
