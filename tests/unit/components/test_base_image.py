"""Components as a pod sees them: there kfp is imported without its compiler."""

import json
import os
import subprocess
import sys
from pathlib import Path

import homestead.components
from homestead.components.ingest.component import ingest

_FOLDER = Path(str(homestead.components.__file__)).parent
_NAMES = sorted(path.parent.name for path in _FOLDER.glob("*/component.py"))
# In the process of a pod's step, which the compiled command starts with this variable.
_SCRIPT = """
import importlib, json, sys
from kfp import dsl
assert not hasattr(dsl, "component")
found = {}
for name in sys.argv[1:]:
    step = getattr(importlib.import_module(f"homestead.components.{name}.component"), name)
    step = getattr(step, "python_func", step), getattr(step, "name", None)
    found[name] = [step[0].__name__, step[1]]
print(json.dumps(found))
"""


def test_a_pod_can_import_every_component_and_call_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *_NAMES],
        env={**os.environ, "_KFP_RUNTIME": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {name: [name, name.replace("_", "-")] for name in _NAMES}
    # The same name as where pipelines are compiled.
    assert found["ingest"][1] == ingest.name
