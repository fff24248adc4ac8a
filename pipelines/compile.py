"""Compiling the pipeline to the one YAML that both runners get."""

from pathlib import Path

COMPILED = Path(__file__).parent / "compiled" / "training.yaml"


def compile_training(target: Path = COMPILED) -> Path:
    """Write the compiled training pipeline; the same code gives the same bytes."""
    from kfp import compiler

    from homestead.files import replacing
    from pipelines.training import training

    with replacing(target) as part:
        yaml = part.with_suffix(".yaml")
        try:
            compiler.Compiler().compile(training, str(yaml))
            part.write_bytes(yaml.read_bytes())
        finally:
            yaml.unlink(missing_ok=True)
        part.chmod(0o644)
    return target
