"""Kubeflow's SDK on one machine: whole but for its client of a cluster."""

import subprocess
import sys

LIGHT = """
import os, sys
from homestead.pipelines.step_processes.kfp_import import import_kfp
import_kfp()
import kfp
from kfp import compiler, components, dsl, local
assert dsl.pipeline and dsl.component
assert not {"kubernetes", "kfp.client"} & {*sys.modules}
assert "_KFP_RUNTIME" not in os.environ
before = set(sys.modules)
import_kfp()
assert before == set(sys.modules)
from kfp.client import Client
assert Client.create_run_from_pipeline_package
"""


def test_pipelines_run_and_compile_without_the_client_of_a_cluster() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], check=True, timeout=120)


def test_a_process_that_has_the_whole_sdk_keeps_it() -> None:
    code = (
        "import kfp; from homestead.pipelines.step_processes.kfp_import import import_kfp;"
        " import_kfp(); from kfp import Client"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
