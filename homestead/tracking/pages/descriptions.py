"""Description of a registered version in MLflow: from its card, and of its release below."""

from typing import Final

# As long as MLflow takes it.
MAX_LENGTH: Final = 5000
_RELEASE: Final = "\n\n### Release\n\n"
# What earlier versions wrote, which had no card's text.
_RELEASE_ALONE: Final = "Release "


def with_card(description: str, card: str) -> str:
    """Return a description whose first part is a card's text; what it says of a release stays.

    Args:
        card: Markdown; it is cut where MLflow's limit asks for it.
    """
    return _joined(card, _parts(description)[1])


def with_release(description: str, release: str) -> str:
    """Return a description that ends with a release's state; what it says of the model stays."""
    return _joined(_parts(description)[0], release)


def _parts(description: str) -> tuple[str, str]:
    if description.startswith(_RELEASE_ALONE):
        return "", description
    card, _, release = description.partition(_RELEASE)
    return card, release


def _joined(card: str, release: str) -> str:
    if not card:
        return release[:MAX_LENGTH]
    below = f"{_RELEASE}{release}" if release else ""
    return card[: MAX_LENGTH - len(below)] + below[:MAX_LENGTH]
