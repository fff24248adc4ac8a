"""Look and behaviour of the server's pages; they need no other host, and fit a phone."""

STYLE = """
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1c2733;
overflow-wrap:anywhere}
h1{margin:.4rem 0 0}h2{margin:2rem 0 .6rem;font-size:1.25rem}
a{color:#1d4f91}.s{color:#5b6b7b}
nav a{display:inline-block;margin:.2rem 1.2rem .2rem 0}
details{border:1px solid #d5dde5;border-radius:6px;margin:.6rem 0;padding:.2rem .8rem}
summary{cursor:pointer;padding:.3rem 0}
code,pre,textarea,input{font:13px/1.45 ui-monospace,monospace}
pre{background:#f3f6f9;padding:.8rem;overflow:auto;max-height:24rem;border-radius:6px;
white-space:pre-wrap}
input[type=text],textarea{width:100%;border:1px solid #b8c4d0;border-radius:6px;padding:.5rem}
textarea{height:9rem;margin-top:.4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #e4eaf0;
vertical-align:top;overflow-wrap:normal}
th{font-weight:600;color:#5b6b7b}
button{font:inherit;padding:.35rem 1.2rem;margin:.5rem .8rem .5rem 0;border:0;border-radius:6px;
background:#1d4f91;color:#fff;cursor:pointer}
label{margin-right:.8rem;white-space:nowrap}
output{white-space:pre-wrap}.big{display:block;font-size:1.6rem;font-weight:600;margin:.4rem 0}
.m{display:inline-block;min-width:3.2rem;font-weight:600}
.post .m{color:#0b6b3a}.get .m{color:#1d4f91}
"""


def page(title: str, body: str, script: str = "") -> bytes:
    """Return a page in UTF-8; ``title`` is already escaped."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body>{body}<script>{script}</script></body></html>"
    ).encode()
