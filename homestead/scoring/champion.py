"""The registry's champion as the model that scores."""

from homestead.errors import NoChampionError
from homestead.files import read_uri
from homestead.model.onnx_model import load_model
from homestead.scoring.outcome import ScoredModel
from homestead.settings import Settings
from homestead.steps.releases.certificates import verify_version
from homestead.tracking import registry, runs


def read_champion(settings: Settings, problem: str) -> ScoredModel:
    """Return a problem's champion, after its certificate was verified.

    Raises:
        NoChampionError: nothing was promoted yet.
        UserError: its certificate is not signed by a trusted key, or its file is another one.
    """
    mlflow = runs.open_existing(settings)
    version = None if mlflow is None else registry.champion(mlflow, problem)
    if version is None:
        place = settings.home if settings.has_own_registry else settings.tracking_uri
        raise NoChampionError(
            f"{problem}: found no champion in {place}; homestead train makes one", problem
        )
    verify_version(settings, problem, version, None)
    content = read_uri(version.uri)
    load_model(content, version.digest, version.uri)
    return ScoredModel(version.version, content)
