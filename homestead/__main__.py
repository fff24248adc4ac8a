"""Run the command line: ``python -m homestead``."""

from homestead.cli.main import main

main(prog_name="homestead")
