"""The fields of a problem file as a whole."""

import yaml

from homestead.problem.loader import dump_problem
from homestead.problem.sections.fields import ProblemFields
from tests.target_problems import target_problem


def test_a_file_without_a_key_is_written_without_it() -> None:
    text = dump_problem(target_problem("{type: boolean}"))
    assert not {"positive", "weights", "costs", "calibration"} & yaml.safe_load(text).keys()


def test_each_field_of_the_target_describes_itself() -> None:
    names = ("positive", "weights", "costs", "calibration", "interval", "quantile")
    assert all(ProblemFields.model_fields[name].description for name in names)
