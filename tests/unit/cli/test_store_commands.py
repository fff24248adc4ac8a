"""Commands for keys: a private key is only ever piped."""

import os
import pty
import subprocess
import sys

import yaml
from click.testing import CliRunner

from homestead.cli.main import main


def test_new_keys_are_written_for_kubectl() -> None:
    result = CliRunner().invoke(main, ["keys", "create", "--namespace", "team"])
    assert result.exit_code == 0
    names = [document["metadata"]["name"] for document in yaml.safe_load_all(result.stdout)]
    assert names == ["homestead-signing", "homestead-verify-keys"]


def test_a_private_key_is_not_shown_in_a_terminal() -> None:
    controller, terminal = pty.openpty()
    try:
        process = subprocess.run(
            [sys.executable, "-m", "homestead", "keys", "create"],
            stdout=terminal,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(controller)
    assert process.returncode == 1
    assert "this would show the private key: pipe it" in process.stderr
