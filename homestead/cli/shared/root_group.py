"""The root of the commands: errors and deprecations become messages, without traceback."""

import sys
import warnings
from typing import Any, TextIO

import click

from homestead.cli.shared.failures import failure_message
from homestead.cli.shared.help import HomesteadGroup
from homestead.errors import RenamedKeyWarning


class RootGroup(HomesteadGroup):
    """Group that shows user errors and deprecations as one message each."""

    # Groups below are of the plain class.
    group_class = HomesteadGroup

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; exit with code 1 if the user can fix what went wrong."""
        with warnings.catch_warnings():
            warnings.simplefilter("always", RenamedKeyWarning)
            show_other = warnings.showwarning

            def show(
                message: Warning | str,
                category: type[Warning],
                filename: str,
                lineno: int,
                file: TextIO | None = None,
                line: str | None = None,
            ) -> None:
                if issubclass(category, RenamedKeyWarning):
                    click.echo(f"warning: {message}", err=True)
                else:
                    show_other(message, category, filename, lineno, file, line)

            warnings.showwarning = show
            try:
                return super().invoke(ctx)
            except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
                # Click has messages of its own for these.
                raise
            except Exception as error:
                message = failure_message(error)
                if message is None:
                    raise
                click.echo(f"error: {message}", err=True)
                sys.exit(1)
