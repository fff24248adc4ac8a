"""Import of Kubeflow's SDK without its client of a cluster.

``import kfp`` loads that client, too: the 700 models of Kubernetes' API, Google's sign-in and, with
Jupyter in the environment, a grammar of internet addresses that takes 4 s to build. Nothing of it
is needed on one machine.
"""

import importlib
import os
import sys

# Kubeflow's own switch, which it sets for its steps: it leaves out what they do not need.
_RUNTIME = "_KFP_RUNTIME"


def import_kfp() -> None:
    """Import ``kfp`` and ``kfp.dsl``; a process that has them already stays as it is.

    For processes of our own: afterwards ``from kfp import Client`` fails, and only ``from
    kfp.client import Client`` gives the client.
    """
    if "kfp" in sys.modules:
        return
    before = os.environ.get(_RUNTIME)
    os.environ[_RUNTIME] = "true"
    try:
        importlib.import_module("kfp")
    finally:
        if before is None:
            del os.environ[_RUNTIME]
        else:
            os.environ[_RUNTIME] = before
    # What pipelines are written and read with is wanted whole.
    importlib.import_module("kfp.dsl")
