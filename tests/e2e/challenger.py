"""Program of a pod: register the champion with its predictions times a factor, as a challenger.

A training of minutes gives no model that is worse on purpose: the gate would keep it away. Its
certificate is signed with the key that the job of training has. Prints the version.
"""

import os
import sys
from pathlib import Path

from homestead.cli.demo.worse_model import register_worse_model
from homestead.problem.loader import load_problem
from homestead.settings import Settings
from homestead.tracking import registry, runs

settings, problem = Settings.read(), load_problem(Path(os.environ["HOMESTEAD_PROBLEM"]))
champion = registry.champion(runs.open_client(settings), problem.name)
assert champion is not None
version = register_worse_model(problem, settings, champion, float(sys.argv[1]))
sys.stdout.write(f"VERSION {version.version}\n")
