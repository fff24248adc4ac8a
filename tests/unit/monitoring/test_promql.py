"""PromQL helpers: a misspelt series or label is an error."""

import pytest

from homestead.monitoring.promql import series


def test_a_series_is_selected_by_labels_of_its_metric() -> None:
    assert series("homestead_drift_share", 'model="x"') == 'homestead_drift_share{model="x"}'
    assert series("homestead_drift_share") == "homestead_drift_share"


def test_a_misspelt_series_or_label_is_an_error() -> None:
    with pytest.raises(KeyError, match="drift_shares"):
        series("drift_shares")
    with pytest.raises(KeyError, match="homestead_drift_share has no label version"):
        series("homestead_drift_share", 'version="1"')
    # A histogram has no series of its plain name.
    with pytest.raises(KeyError):
        series("homestead_prediction_duration_seconds")
