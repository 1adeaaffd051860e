"""What the guide about integrations says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
TEXT = (ROOT / "docs" / "guide" / "integrations.md").read_text()


def code_with(words: str) -> str:
    """The block of Python in which ``words`` stand."""
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    (found,) = [block for block in blocks if words in block]
    return found


def packages() -> dict[str, str]:
    """The packages that the guide names, and their versions."""
    return dict(re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \|", TEXT, flags=re.MULTILINE))


def examples() -> list[str]:
    """The folders that the guide links to."""
    return re.findall(r"\]\(\.\./\.\./examples/([\w-]+)\)", TEXT)


def is_code_of(file: str, name: str) -> bool:
    """Whether the guide shows the function or class ``name`` as it stands in an example, but for
    annotations, docstrings and comments."""
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    shown = [found for block in blocks for found in definitions(block) if found.name == name]
    (example,) = (
        found for found in definitions((EXAMPLES / file).read_text()) if found.name == name
    )
    return [bare(found) for found in shown] == [bare(example)]


def definitions(code: str) -> list[ast.FunctionDef | ast.ClassDef]:
    body = ast.parse(code).body
    return [found for found in body if isinstance(found, ast.FunctionDef | ast.ClassDef)]


def bare(definition: ast.AST) -> str:
    """What Python does with it."""
    for node in ast.walk(definition):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.unparse(definition)
