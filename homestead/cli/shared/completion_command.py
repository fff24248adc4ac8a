"""Command that prints the completion script of a shell."""

import os
from pathlib import PurePath

import click
from click.shell_completion import get_completion_class

from homestead.cli.shared.help import command
from homestead.errors import UserError

_VARIABLE = "_HOMESTEAD_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")


@command(
    'eval "$(homestead completion bash)"',
    "homestead completion fish > ~/.config/fish/completions/homestead.fish",
)
@click.argument("shell", type=click.Choice(_SHELLS), required=False)
@click.pass_context
def completion(context: click.Context, shell: str | None) -> None:
    """Print what completes commands and options in a SHELL.

    The shell is bash, zsh or fish; by default yours. For bash add the first example to ~/.bashrc,
    for zsh the same with zsh to ~/.zshrc.
    """
    name = shell or PurePath(os.environ.get("SHELL", "")).name
    completer = get_completion_class(name) if name in _SHELLS else None
    if completer is None:
        raise UserError(f"SHELL: found {name!r}, allowed are: {', '.join(_SHELLS)}")
    root = context.find_root()
    click.echo(completer(root.command, {}, "homestead", _VARIABLE).source())
