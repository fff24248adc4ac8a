"""Rows that hold the same fields, put together."""

import numpy as np
import pandas as pd

from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.field_groups import same_fields
from homestead.scoring.inputs.fields import FieldReader
from homestead.serving.inputs.resolver import Resolver
from tests.homes import homes_contract


def test_each_row_is_in_the_group_of_its_fields() -> None:
    frame = pd.DataFrame(
        {
            "id": pd.array([7, 8, None, 9, None], "Int64"),
            "area": [np.nan, 80.0, 90.0, np.nan, np.nan],
            "floor": pd.array([None, 2, None, None, None], "Int64"),
        }
    )
    fields = FieldReader(Resolver(homes_contract()), SourceFormat()).read(frame)
    groups = {names: places.tolist() for names, places in same_fields(fields, np.arange(5))}
    # A floor may be missing, so that an empty cell is a null that the row holds.
    assert groups == {
        frozenset({"id", "floor"}): [0, 3],
        frozenset({"id", "area", "floor"}): [1],
        frozenset({"area", "floor"}): [2],
        frozenset({"floor"}): [4],
    }
    assert same_fields(fields, np.arange(0)) == []
