"""The site's generated pages say what the code does, and links lead to what a reader can open."""

import json
import re

import click
import pytest
import yaml

from docs.site.pictures import MAX_BYTES
from docs.site.sources import GENERATORS, ROOT, prepare
from homestead.cli.main import main
from homestead.drift import result
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.performance import report

ADDRESS = "https://example.org/homestead/blob/main"
PAGE = ROOT / "docs" / "how-to" / "serving.md"


def _commands(command: click.Command, words: str) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(words, command)]
    return [
        found
        for name, inner in command.commands.items()
        if not inner.hidden
        for found in _commands(inner, f"{words} {name}")
    ]


def test_every_command_has_a_section_with_its_options() -> None:
    sections = re.split(r"\n##+ ", GENERATORS["command line"]())
    text = {section.partition("\n")[0].strip("`"): section for section in sections}
    for words, command in _commands(main, "homestead"):
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[-1] in text[words]


def test_every_key_of_the_problem_file_has_a_row() -> None:
    page = GENERATORS["problem file"]()
    schema = json.loads((ROOT / "problems" / "schema.json").read_text(encoding="utf-8"))
    for part in [schema, *schema["$defs"].values()]:
        for key in part.get("properties", {}):
            assert f"\n| `{key}` | " in page
    # A range, a list of what is allowed, and the keys at which a section stands.
    assert "| `trials` | integer ≥ 1, ≤ 200 | `1` |" in page
    assert "`regression`, `classification`" in page
    assert "## Candidate: `candidates.<name>`" in page
    for examples in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        assert isinstance(yaml.safe_load(examples), dict)


def test_every_metric_is_listed_with_its_labels() -> None:
    page = GENERATORS["prometheus metrics"]()
    for name, metric in PROMETHEUS_METRICS.items():
        assert f"| `{name}` | {metric.kind} | `{metric.labels[0]}`" in page


def test_paths_of_the_server_have_an_example() -> None:
    page = GENERATORS["http"]()
    assert "## `POST /predict`" in page
    assert "## `GET /v2/health/ready`" in page
    assert '"id": ' in page


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("", "read x and y"),
        (
            ADDRESS,
            f"read [x]({ADDRESS}/homestead/names.py#L1) and [y]({ADDRESS}/homestead/serving)",
        ),
    ],
)
def test_links_to_sources_need_an_address(repository: str, expected: str) -> None:
    text = "# t\nread [x](../../homestead/names.py#L1) and [y](../../homestead/serving/)"
    prepared = prepare(PAGE, text, repository, lambda path: False)
    assert prepared == f"# t\n{expected}"


def test_links_to_pages_and_pictures_and_code_blocks_stay() -> None:
    text = (
        "# t\n[a](ui.md#x) [b](absent.md) ![c](../pictures/loop.svg)\n```\n[a](../index.md)\n```\n"
    )
    assert prepare(PAGE, text, ADDRESS, lambda path: path.name == "ui.md") == text


def test_a_notebook_is_a_page_with_its_code() -> None:
    notebook = ROOT / "docs" / "notebooks" / "kubeflow.ipynb"
    page = prepare(notebook, notebook.read_text(encoding="utf-8"), "", lambda path: False)
    assert page.lstrip().startswith("# ")
    assert re.search(r"^```i?python3?$", page, re.MULTILINE)


def test_a_page_of_results_without_a_heading_gets_one() -> None:
    page = prepare(ROOT / "benchmarks/quality/results/first_prediction.md", "| a |", "", bool)
    assert page == "# First prediction: results\n\n| a |"


def test_exit_codes_of_verdicts_are_listed() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\d) \| .* \| (.+) \|$", page, re.MULTILINE))
    for command, codes in (("drift", result._EXIT_CODES), ("performance", report._EXIT_CODES)):
        for code in set(codes.values()) - {0}:
            assert f"homestead {command}" in rows[str(code)]


def test_pictures_are_small_and_shown() -> None:
    gallery = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert len(pictures) >= 5
    assert [path.name for path in pictures if path.stat().st_size > MAX_BYTES] == []
    assert [path.name for path in pictures if f"pictures/{path.name}" not in gallery] == []
