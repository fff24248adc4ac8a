"""What all parts of a problem file have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
# A text that YAML may read as another type; see :func:`homestead.problem.yaml_text.read_yaml`.
Text = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Share = Annotated[float, Field(ge=0, le=1)]


class ProblemPart(BaseModel):
    """Base of all parts: unknown keys are errors, instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
