"""The text of a valid problem file, and of the same file with changes."""

from typing import Any

import yaml

FLATS = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: listed
target: rent
columns:
  id: {type: integer}
  listed: {type: timestamp}
  rent: {type: number, unit: EUR, range: [50, 9000]}
  area: {type: number, range: [5, 500]}
  district: {type: category, allowed: [north, south]}
  lift: {type: boolean, nullable: true}
derived:
  block: "floor(area / 10)"
  premium: "area * typical"
views:
  flat: {entity: id, columns: [area, lift]}
  market:
    entity: block
    query: SELECT 1
    features: [typical]
features: [area, district, lift, typical, premium]
candidates:
  ridge: {estimator: sklearn.linear_model.Ridge, search: {alpha: [1, 10]}, trials: 2}
split: {validation_from: 2024-03-01, holdout_from: 2024-04-01}
metric: mae
gate: {limits: {mae: 100}}
slices: [district, block]
"""


def changed_flats(**changes: Any) -> str:
    """Return the valid file with values set at paths such as ``columns__rent__type``.

    None removes a key.
    """
    raw = yaml.safe_load(FLATS)
    for path, value in changes.items():
        *parents, key = path.split("__")
        node = raw
        for parent in parents:
            node = node.setdefault(parent, {})
        if value is None:
            del node[key]
        else:
            node[key] = value
    return yaml.safe_dump(raw, sort_keys=False)
