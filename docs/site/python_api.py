"""Reference of the Python interface: what the package ``homestead`` exports."""

import inspect

import homestead
from docs.site.markdown import code_block

_OPTIONS = "   :members:\n   :show-inheritance:"


def python_api() -> str:
    """Return directives of autodoc for each export, in the package's order."""
    names = [name for name in homestead.__all__ if not name.startswith("__")]
    return "\n\n".join(_entry(name, getattr(homestead, name)) for name in names)


def _entry(name: str, export: object) -> str:
    kind, options = "autofunction", ""
    if inspect.isclass(export):
        is_error = issubclass(export, BaseException)
        kind, options = ("autoexception" if is_error else "autoclass"), _OPTIONS
    return f"## {name}\n\n" + code_block(
        f".. {kind}:: homestead.{name}\n{options}".rstrip(), "{eval-rst}"
    )
