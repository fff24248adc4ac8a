"""OpenAPI document as an HTML page with a form to try each request. It needs no other host."""

import json
from html import escape
from typing import Any

from homestead.serving.front.page_style import page

_SCRIPT = """
for (const form of document.forms) form.onsubmit = async event => {
  event.preventDefault();
  const out = form.querySelector('output'), body = form.querySelector('textarea');
  const path = form.querySelector('input').value;
  try {
    const answer = await fetch(path, body ? {method: 'POST', body: body.value} : {});
    const text = await answer.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 1); } catch {}
    out.textContent = answer.status + '\\n' + shown;
  } catch (error) { out.textContent = String(error); }
};
"""


def docs_page(document: dict[str, Any]) -> bytes:
    """Return an OpenAPI document as an HTML page in UTF-8."""
    info = document["info"]
    operations_by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            (tag,) = operation["tags"]
            shown = _operation(path, method, operation, is_first=not operations_by_tag)
            operations_by_tag.setdefault(tag, []).append(shown)
    sections = [
        f"<h2>{escape(tag)}</h2>{''.join(operations)}"
        for tag, operations in operations_by_tag.items()
    ]
    title = escape(info["title"])
    body = (
        f'<h1>{title}</h1><p class="s">{escape(info["description"])}</p>'
        '<nav><a href="/">Models</a><a href="/openapi.json">OpenAPI document</a></nav>'
        f"{''.join(sections)}"
    )
    return page(title, body, _SCRIPT)


def _operation(path: str, method: str, operation: dict[str, Any], is_first: bool) -> str:
    responses = "".join(
        f"<li><code>{status}</code> {escape(response['description'])}</li>"
        for status, response in operation["responses"].items()
    )
    form = f'<input type="text" name="path" aria-label="Path" value="{escape(path)}">'
    schema = ""
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        example = escape(json.dumps(content["example"], indent=1))
        form += f'<textarea aria-label="Body">{example}</textarea>'
        schema = f"<p>Request</p><pre>{escape(json.dumps(content['schema'], indent=1))}</pre>"
    return (
        f'<details class="{method}"{" open" * is_first}><summary>'
        f'<span class="m">{method.upper()}</span> '
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"<form>{form}<br><button>Send</button><pre><output></output></pre></form>"
        f"{schema}<p>Answers</p><ul>{responses}</ul></details>"
    )
