"""OpenAPI document as an HTML page with a form to try each request. It needs no other host."""

import json
from html import escape
from typing import Any

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;
margin:2rem auto;padding:0 1rem;color:#1c2733}
h1{margin-bottom:0}h2{margin-top:2.5rem;border-bottom:1px solid #d5dde5}
details{border:1px solid #d5dde5;border-radius:6px;margin:.6rem 0;padding:.2rem .8rem}
summary{cursor:pointer;padding:.3rem 0}code,pre,textarea{font:13px/1.4 ui-monospace,monospace}
pre{background:#f3f6f9;padding:.8rem;overflow:auto;max-height:24rem;border-radius:6px}
textarea{width:100%;height:9rem;box-sizing:border-box}
.m{display:inline-block;min-width:3.2rem;font-weight:600}
.post .m{color:#0b6b3a}.get .m{color:#1d4f91}
button{padding:.3rem 1rem;margin:.4rem 0}.s{color:#5b6b7b}
"""
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
            operations_by_tag.setdefault(tag, []).append(_operation(path, method, operation))
    sections = [
        f"<h2>{escape(tag)}</h2>{''.join(operations)}"
        for tag, operations in operations_by_tag.items()
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(info["title"])}</title>'
        f"<style>{_STYLE}</style><h1>{escape(info['title'])}</h1>"
        f'<p class="s">{escape(info["description"])} '
        f'<a href="/openapi.json">OpenAPI document</a></p>'
        f"{''.join(sections)}<script>{_SCRIPT}</script></html>"
    ).encode()


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    responses = "".join(
        f"<li><code>{status}</code> {escape(response['description'])}</li>"
        for status, response in operation["responses"].items()
    )
    form = f'<input size="60" value="{escape(path)}">'
    schema = ""
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        form += f"<textarea>{escape(json.dumps(content['example'], indent=1))}</textarea>"
        schema = f"<p>Request</p><pre>{escape(json.dumps(content['schema'], indent=1))}</pre>"
    return (
        f'<details class="{method}"><summary><span class="m">{method.upper()}</span> '
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"<form>{form}<br><button>Send</button><pre><output></output></pre></form>"
        f"{schema}<p>Answers</p><ul>{responses}</ul></details>"
    )
