"""Which parameters of an estimator a problem may set, and which the ONNX export can't express.

Names are listed here, so that a problem is checked without scikit-learn, which a server's image
does not hold; ``tests/contracts/test_sklearn.py`` compares them with scikit-learn's. Values are
checked by :mod:`homestead.training.parameter_checks`.
"""

from collections.abc import Iterator
from typing import Any

from homestead.problem.estimators.encodings import CONSTRAINTS, encoding_errors
from homestead.problem.sections.candidate import Candidate
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.target import class_label, target_classes
from homestead.problem.values.listing import list_values

_LINEAR = ("fit_intercept", "max_iter", "random_state", "tol")
_FOREST = (
    *("bootstrap", "ccp_alpha", "criterion", "max_depth", "max_features", "max_leaf_nodes"),
    *("max_samples", "min_impurity_decrease", "min_samples_leaf", "min_samples_split"),
    *("min_weight_fraction_leaf", "monotonic_cst", "n_estimators", "n_jobs", "oob_score"),
    *("random_state", "verbose", "warm_start"),
)
_BOOSTING = (
    *("categorical_features", "early_stopping", "interaction_cst", "l2_regularization"),
    *("learning_rate", "loss", "max_bins", "max_depth", "max_features", "max_iter"),
    *("max_leaf_nodes", "min_samples_leaf", "monotonic_cst", "n_iter_no_change", "random_state"),
    *("scoring", "tol", "validation_fraction", "verbose", "warm_start"),
)
_LIGHTGBM = (
    *("boosting_type", "class_weight", "colsample_bytree", "importance_type", "learning_rate"),
    *("max_depth", "min_child_samples", "min_child_weight", "min_split_gain", "n_estimators"),
    *("n_jobs", "num_leaves", "objective", "random_state", "reg_alpha", "reg_lambda"),
    *("subsample", "subsample_for_bin", "subsample_freq"),
)
# Of LightGBM's own parameters, which its estimators pass on.
_LIGHTGBM_CORE = (
    *("bin_construct_sample_cnt", "boost_from_average", "cat_l2", "cat_smooth", "drop_rate"),
    *("drop_seed", "extra_trees", "feature_fraction_bynode", "linear_tree", "max_bin"),
    *("max_cat_threshold", "max_cat_to_onehot", "max_delta_step", "max_drop", "min_data_in_bin"),
    *("min_data_per_group", "monotone_constraints", "monotone_constraints_method"),
    *("monotone_penalty", "other_rate", "path_smooth", "skip_drop", "top_rate", "uniform_drop"),
    *("use_missing", "verbosity", "zero_as_missing"),
)
# LightGBM's objectives that are exported, and other names of them.
_LIGHTGBM_OBJECTIVES = {
    "lightgbm.LGBMRegressor": (
        *("regression", "regression_l2", "l2", "mean_squared_error", "mse"),
        *("regression_l1", "l1", "mean_absolute_error", "mae"),
        *("huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie"),
    ),
    "lightgbm.LGBMClassifier": ("binary", "multiclass"),
}
_LIGHTGBM_REFUSED = {
    "boosting_type": (("rf",), "LightGBM's random forests are not exported to ONNX"),
    "linear_tree": ((True,), "linear models in leaves are not exported to ONNX"),
    "zero_as_missing": ((True,), "zeros as missing values are not exported to ONNX"),
}
PARAMETERS = {
    "sklearn.linear_model.Ridge": (*_LINEAR, "alpha", "copy_X", "positive", "solver"),
    "sklearn.linear_model.ElasticNet": (
        *_LINEAR,
        *("alpha", "copy_X", "l1_ratio", "positive", "precompute", "selection", "warm_start"),
    ),
    "sklearn.linear_model.QuantileRegressor": (
        *("alpha", "fit_intercept", "quantile", "solver", "solver_options"),
    ),
    "sklearn.linear_model.LogisticRegression": (
        *_LINEAR,
        *("C", "class_weight", "dual", "intercept_scaling", "l1_ratio", "n_jobs", "penalty"),
        *("solver", "verbose", "warm_start"),
    ),
    "sklearn.ensemble.RandomForestRegressor": _FOREST,
    "sklearn.ensemble.RandomForestClassifier": (*_FOREST, "class_weight"),
    "sklearn.ensemble.HistGradientBoostingRegressor": (*_BOOSTING, "quantile"),
    "sklearn.ensemble.HistGradientBoostingClassifier": (*_BOOSTING, "class_weight"),
    "lightgbm.LGBMRegressor": (
        *_LIGHTGBM,
        *_LIGHTGBM_CORE,
        *("alpha", "fair_c", "poisson_max_delta_step", "tweedie_variance_power"),
    ),
    "lightgbm.LGBMClassifier": (*_LIGHTGBM, *_LIGHTGBM_CORE, "is_unbalance", "scale_pos_weight"),
}
# Losses and criteria for targets from 0 on.
_OF_POSITIVE_TARGETS = ("poisson", "gamma", "tweedie")


def unsupported_parameters(problem: ProblemFields) -> Iterator[str]:
    """Yield an error for each parameter that does not exist or that can't be exported."""
    for name, candidate in problem.candidates.items():
        for error in _setting_errors(problem, candidate):
            yield f"candidates.{name}.{error}"
        for error in encoding_errors(problem, candidate):
            yield f"candidates.{name}.encoding: {error}"
    interval = problem.interval
    if interval is not None and interval.estimator:
        candidate = Candidate(estimator=interval.estimator, parameters=interval.parameters)
        for error in _setting_errors(problem, candidate):
            yield f"interval.{error}"


def _setting_errors(problem: ProblemFields, candidate: Candidate) -> Iterator[str]:
    allowed = sorted(PARAMETERS[candidate.estimator])
    for key, parameter, value in _settings(candidate):
        if parameter not in allowed:
            yield (
                f"{key}: {candidate.estimator} has no such parameter;"
                f" allowed are {list_values(allowed, parameter)}"
            )
        for error in _value_errors(problem, candidate, parameter, value):
            yield f"{key}: {error}"


def _settings(candidate: Candidate) -> Iterator[tuple[str, str, Any]]:
    """Yield the key, the parameter and the value of each setting, fixed or to be searched."""
    for name, value in candidate.parameters.items():
        yield f"parameters.{name}", name, value
    for name in candidate.search:
        for value in candidate.searched_values(name):
            yield f"search.{name}", name, value


def _value_errors(
    problem: ProblemFields, candidate: Candidate, name: str, value: Any
) -> Iterator[str]:
    if name == "categorical_features" and value not in (None, "from_dtype"):
        yield (
            f"found {value!r}, but which features have categories follows from 'columns'; leave it"
            " out, and see 'encoding'"
        )
    elif name in _LIGHTGBM_REFUSED and value in _LIGHTGBM_REFUSED[name][0]:
        yield f"found {value!r}, but {_LIGHTGBM_REFUSED[name][1]}"
    elif name == "objective" and value not in (None, *_objectives(candidate)):
        yield f"found {value!r}, allowed are {list_values(_objectives(candidate), value)}"
    elif name in ("loss", "criterion", "objective") and value in _OF_POSITIVE_TARGETS:
        reason = "the logarithm of the target" if problem.target_log else ""
        reason = "the residuals of 'init'" if candidate.init else reason
        if reason:
            yield f"found {value!r}, which needs a target from 0 on, but {reason} may be negative"
    elif name == "loss" and value == "quantile":
        if not {"quantile"} & {*candidate.parameters, *candidate.search}:
            yield "found 'quantile', which needs the parameter 'quantile', from 0 to 1"
    elif name == "class_weight":
        yield from _class_weight_errors(value, target_classes(problem))
    elif name in CONSTRAINTS and isinstance(value, dict):
        unknown = [feature for feature in value if feature not in problem.features]
        for feature in unknown:
            yield f"found {feature!r}, allowed are {list_values(problem.features, feature)}"


def _objectives(candidate: Candidate) -> tuple[str, ...]:
    return _LIGHTGBM_OBJECTIVES.get(candidate.estimator, ())


def _class_weight_errors(value: Any, classes: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, list):
        yield "found a list, allowed is a mapping of classes to weights, 'balanced' or null"
    # Classes without a list are checked once they are learnt.
    for key in value if isinstance(value, dict) and classes else ():
        if class_code(key, classes) is None:
            yield (
                f"found {key!r}, allowed are {list_values(classes, key)}, or their positions from 0"
                " (put names in quotes that YAML reads as another type)"
            )


def class_code(key: Any, classes: tuple[str, ...]) -> int | None:
    """Return the code of a class that is given by its name or by its code, or None.

    A number may be text, since keys of YAML and JSON become text on their way. Names win.
    """
    label = class_label(key, classes)
    if label in classes:
        return classes.index(label)
    if isinstance(key, bool):
        return None
    code = int(key) if str(key).isdecimal() else -1
    return code if 0 <= code < len(classes) else None
