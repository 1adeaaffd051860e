"""Brings the translations up to date: ``cargo xtask gen-locales``, which runs
``python -m tests.locales`` in the folder ``python``. A code after it, such as ``sv``, begins a
language.

Every ``django.po`` gets the texts that the package has now: new ones without a translation, and
none that are gone. Django reads the compiled files, which are committed beside their sources:
whoever installs the package needs no tool for it. ``tests/package/test_locales.py`` fails where
something is stale.
"""

from __future__ import annotations

import gettext
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).parents[1] / "axes"
LOCALES = PACKAGE / "locale"
DJANGO = Path(django.__file__).parent / "conf" / "locale"
WIDTH = 100

# A line, a text or its singular and plural, comments for translators, a context.
Found = tuple[int, str | tuple[str, ...], list[str], str | None]

# Django's functions by the names that the code gives them, with the arguments that are texts.
FUNCTIONS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


class Translation(Catalog):
    """The texts in one language. Its header names no time and no person."""

    def __init__(self, language: str, num_plurals: int, plural_expr: str) -> None:
        super().__init__(language, header_comment="", fuzzy=False)
        self._num_plurals, self._plural_expr = num_plurals, plural_expr

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "axes-guard"),
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", f"{self.plural_forms}\n"),
        ]


def read(source: Path) -> Translation:
    with source.open("rb") as file:
        found = read_po(file, abort_invalid=True)
    translation = Translation(found.locale_identifier, found.num_plurals, found.plural_expr)
    for message in found:
        if message.id:
            translation[message.id] = message
    # What nobody can see any more is kept apart: here, to be noticed.
    translation.obsolete = found.obsolete
    return translation


def texts() -> Catalog:
    """What the package says, in English: by file, and there by the alphabet, so that nothing is new
    where code only moves."""
    catalog = Catalog()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"}:
            place = path.relative_to(PACKAGE.parent).as_posix()
            for _line, text, comments, context in sorted(texts_in(path), key=alphabet):
                catalog.add(text, None, [(place, None)], auto_comments=comments, context=context)
    return catalog


def alphabet(found: Found) -> tuple[str, str]:
    _line, text, _comments, context = found
    return (text if isinstance(text, str) else text[0], context or "")


def texts_in(path: Path) -> Iterator[Found]:
    code = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Templates become calls in what looks like Python but for its indentation.
        code = "\n".join(line.strip() for line in templatize(code).splitlines())
    file = io.BytesIO(code.encode())
    return extract("python", file, FUNCTIONS, ["Translators:"], {"encoding": "utf-8"})


def updated(source: Path) -> str:
    """What stands in ``source`` when it is up to date."""
    translation = read(source)
    translation.update(texts(), no_fuzzy_matching=True, update_creation_date=False)
    translation.obsolete.clear()
    target = io.BytesIO()
    write_po(target, translation, width=WIDTH)
    return target.getvalue().decode().lstrip()


def compiled(source: Path) -> bytes:
    """What Django reads instead of ``source``; what is marked as fuzzy is left out."""
    target = io.BytesIO()
    write_mo(target, read(source))
    return target.getvalue()


def sources() -> list[Path]:
    return sorted(LOCALES.rglob("*.po"))


def source_of(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def plural_forms(language: str) -> tuple[int, str]:
    """How many plurals Django has in ``language``, and which of them is for how many."""
    source = DJANGO / language / "LC_MESSAGES" / "django.mo"
    with source.open("rb") as file:
        forms = gettext.GNUTranslations(file).info()["plural-forms"]
    found = re.fullmatch(r"nplurals=(\d+); plural=(.+?);?", forms)
    if found is None:
        raise ValueError(f"cannot tell the plurals of {language} from {forms!r}")
    return int(found[1]), found[2]


def begin(language: str) -> None:
    source = source_of(language)
    if not (DJANGO / language).is_dir():
        raise SystemExit(f"cannot begin {language!r}: Django has no such language")
    if source.exists():
        raise SystemExit(f"cannot begin {language!r}: {source.relative_to(PACKAGE)} is there")
    source.parent.mkdir(parents=True)
    with source.open("xb") as file:
        write_po(file, Translation(language, *plural_forms(language)))


def main(languages: list[str]) -> None:
    for language in languages:
        begin(language)
    for source in sources():
        source.write_text(updated(source), encoding="utf-8")
        source.with_suffix(".mo").write_bytes(compiled(source))


if __name__ == "__main__":
    main(sys.argv[1:])
