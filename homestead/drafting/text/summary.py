"""What a draft tells at once: the guesses that a user should look at first."""

from collections.abc import Iterator

from homestead.drafting.guesses.all_guesses import Guesses
from homestead.drafting.guesses.roles import Guess


def summary_lines(guesses: Guesses) -> Iterator[str]:
    """Yield a line for each guess that decides much, and for each column that looks odd."""
    guess, suspicions = guesses.of_target, guesses.suspicions
    yield f"target: {guesses.target.name}, a {guess.task} ({guess.reason}); metric: {guess.metric}"
    yield f"key: {_role(guesses.key)}"
    yield f"timestamp: {_role(guesses.timestamp)}"
    yield f"split: {guesses.split.reason}"
    yield f"features: {len(guesses.features)} of {len(guesses.columns)} columns"
    for name, reason in {**suspicions.unused, **suspicions.left_out}.items():
        yield f"  left out: {name}: {reason}"
    for name, reason in guesses.untrainable.items():
        yield f"candidate left out: {name}: {reason}"
    for name, reason in suspicions.warnings.items():
        yield f"  look at: {name}: {reason}"


def _role(guess: Guess) -> str:
    return f"{guess.column} ({guess.reason})" if guess.column else f"none ({guess.reason})"
