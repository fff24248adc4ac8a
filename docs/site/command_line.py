"""Reference of the command line, from the commands themselves."""

import inspect
import re
from collections.abc import Iterator

import click

from docs.site.markdown import code, code_block, table
from homestead.cli.main import main

# Click's mark of a paragraph that keeps its line breaks, such as an example.
_VERBATIM = "\b"


def command_line() -> str:
    """Return a section for each command: what it does, examples, arguments and options."""
    return "\n\n".join(_sections(main, ["homestead"], depth=2))


def _sections(command: click.Command, words: list[str], depth: int) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(words))
    if len(words) > 1:
        yield f"{'#' * depth} {code(' '.join(words))}"
    yield from _paragraphs(command.help or "")
    if not isinstance(command, click.Group):
        yield code_block(command.get_usage(context).removeprefix("Usage: "))
        yield from _parameters(command, context)
    examples: tuple[str, ...] = getattr(command, "examples", ())
    if examples:
        yield code_block("\n".join(examples))
    yield from _paragraphs(command.epilog or "")
    if isinstance(command, click.Group):
        inner = depth if len(words) == 1 else depth + 1
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            if subcommand is not None and not subcommand.hidden:
                yield from _sections(subcommand, [*words, name], inner)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text).partition("\f")[0]):
        if paragraph.strip().startswith(_VERBATIM):
            yield code_block(inspect.cleandoc(paragraph.strip().removeprefix(_VERBATIM)))
        elif paragraph.strip():
            # Placeholders of arguments in capitals, and names in double backquotes.
            yield paragraph.replace("``", "`")


def _parameters(command: click.Command, context: click.Context) -> Iterator[str]:
    rows = []
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            record = parameter.get_help_record(context)
            if record is not None and "--help" not in record[0]:
                rows.append([code(record[0]), record[1]])
    if rows:
        yield table(["option", "meaning"], rows)
