"""Help of the commands: whole summaries, examples, and the root's commands grouped by purpose."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

# Help is laid out for at most this many columns, as click does.
HELP_COLUMNS = 80


class HomesteadCommand(click.Command):
    """Command whose help ends with examples.

    Args:
        examples: complete command lines, at most 78 columns each.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are typed, then the epilog."""
        write_examples(self.examples, formatter)
        super().format_epilog(ctx, formatter)


class HomesteadGroup(click.Group):
    """Group of commands: each is listed with its whole summary, and help ends with examples.

    Args:
        examples: complete command lines, at most 78 columns each.
        sections: names of the commands by the title of their section; by default one section.
    """

    command_class = HomesteadCommand

    def __init__(
        self,
        *args: Any,
        examples: Sequence[str] = (),
        sections: Mapping[str, Sequence[str]] | None = None,
        **attributes: Any,
    ) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)
        self.sections = dict(sections or {})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command that is not hidden, by section."""
        shown = [name for name in self.list_commands(ctx) if not self.commands[name].hidden]
        width = max(map(len, shown), default=0)
        for title, names in (self.sections or {"Commands": shown}).items():
            rows = [(name.ljust(width), summary(self.commands[name])) for name in names]
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are typed, then the epilog."""
        write_examples(self.examples, formatter)
        super().format_epilog(ctx, formatter)


def write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    """Write command lines without wrapping them."""
    if examples:
        with formatter.section("Examples"):
            for line in examples:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def summary(command: click.Command) -> str:
    """Return the first sentence of a command's help, whole."""
    return command.get_short_help_str(limit=1000)


def command(*examples: str, **attributes: Any) -> Callable[[Callable[..., Any]], HomesteadCommand]:
    """Return a decorator that makes a command of a function.

    Args:
        examples: of its help.
        attributes: of the command, as those of ``click.command``.
    """
    return click.command(cls=HomesteadCommand, examples=examples, **attributes)


def group(*examples: str, **attributes: Any) -> Callable[[Callable[..., Any]], HomesteadGroup]:
    """Return a decorator that makes a group of commands of a function.

    Args:
        examples: of its help.
        attributes: of the group, as those of ``click.group``.
    """
    return click.group(cls=HomesteadGroup, examples=examples, **attributes)
