"""The first page of a server: what it serves, a form that predicts, and where the rest is."""

import json
from html import escape
from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.front.page_style import page

_SCRIPT = """
const form = document.forms[0], said = document.getElementById('said');
const show = value => typeof value === 'number'
  ? value.toLocaleString('en', {maximumSignificantDigits: 7}) : value;
form.onsubmit = async event => {
  event.preventDefault();
  const flags = [...form.querySelectorAll('input:checked')].map(box => box.name + '=true');
  const path = '/predict' + (flags.length ? '?' + flags.join('&') : '');
  try {
    const answer = await fetch(path, {method: 'POST', body: form.body.value});
    const content = await answer.json();
    const rows = content.predictions || [content];
    const shown = rows.map(row => show(row.prediction ?? row)).join(', ');
    said.textContent = answer.ok ? shown + ' ' + form.dataset.unit : content.error;
    form.querySelector('pre output').textContent = JSON.stringify(content, null, 1);
  } catch (error) { said.textContent = String(error); }
};
for (const link of document.querySelectorAll('[data-port]'))
  link.href = `${location.protocol}//${location.hostname}:${link.dataset.port}/prometheus`;
for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin;
"""


def home_page(
    document: dict[str, Any], contract: Contract, row: dict[str, Any], metrics_port: int | None
) -> bytes:
    """Return the page as HTML in UTF-8.

    Args:
        document: of :func:`homestead.serving.front.served_models.served_document`.
        contract: the champion's.
        row: the row that the form holds.
        metrics_port: of ``/prometheus`` on the same host.
    """
    name, unit = escape(document["name"]), escape(document["unit"])
    what = f"A {document['task']} of {escape(document['target'])}" + (
        f", in {unit}" if unit else ""
    )
    body = (
        f'<h1>{name}</h1><p class="s">{what}.</p>'
        f"<nav>{_links(metrics_port)}</nav>"
        f"<h2>Models</h2>{_models(document['versions'])}"
        f"<h2>Predict</h2>{_form(contract, row, unit)}"
        f"<h2>From a program</h2>{_programs(row)}"
    )
    return page(name, body, _SCRIPT)


def waiting_page(problem: str, reason: str) -> bytes:
    """Return the page of a server that has nothing to serve yet; it asks again by itself."""
    name = escape(problem)
    body = (
        f"<h1>{name}</h1><p>{escape(reason)}.</p>"
        '<p class="s">A training run whose model passes the gate releases the first one:'
        " <code>homestead train</code>. This page looks again every few seconds.</p>"
    )
    return page(name, body, "setTimeout(() => location.reload(), 5000)")


def _links(metrics_port: int | None) -> str:
    metrics = (
        ""
        if metrics_port is None
        else f'<a data-port="{metrics_port}" href="/docs">Metrics (port {metrics_port})</a>'
    )
    return (
        '<a href="/docs">All requests, with forms</a><a href="/openapi.json">OpenAPI document</a>'
        f'<a href="/models">Models as JSON</a><a href="/v2/health/ready">Readiness</a>{metrics}'
    )


def _models(versions: list[dict[str, Any]]) -> str:
    lines = "".join(
        f"<tr><td>{escape(version['version'])}</td><td>{version['role']}</td>"
        f"<td>{version['share']:.4g}</td>"
        f'<td><code title="{version["digest"]}">{version["digest"][:12]}</code></td></tr>'
        for version in versions
    )
    head = "<tr><th>version</th><th>role</th><th>share</th><th>file, SHA-256</th></tr>"
    return f"<table>{head}{lines}</table>"


def _form(contract: Contract, row: dict[str, Any], unit: str) -> str:
    flags = [("explain", "contributions")]
    if contract.interval is not None:
        flags.append(("interval", "interval"))
    boxes = "".join(
        f'<label><input type="checkbox" name="{name}"> {title}</label>' for name, title in flags
    )
    lookup = " What a row lacks is looked up by its key." if contract.views and contract.key else ""
    return (
        f'<form data-unit="{unit}"><p class="s">A row, or a list of rows.{lookup}</p>'
        f'<textarea name="body" aria-label="Row">{escape(json.dumps(row, indent=1))}</textarea>'
        f'<button>Predict</button>{boxes}<output id="said" class="big"></output>'
        f"<details><summary>The whole answer</summary><pre><output></output></pre></details></form>"
    )


def _programs(row: dict[str, Any]) -> str:
    text = json.dumps(row)
    quoted = text.replace("'", "'\\''")
    origin = '<span class="origin">http://localhost:9000</span>'
    return (
        f"<pre>curl {origin}/predict -d '{escape(quoted, quote=False)}'</pre>"
        f'<pre>from homestead import Client\n\nwith Client("{origin}") as client:\n'
        f"    print(client.predict({escape(repr(row), quote=False)}).value)</pre>"
    )
