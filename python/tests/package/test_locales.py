"""The compiled translations are those of their sources."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

from tests.locales import LOCALES, compiled, sources

SAMPLE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Account locked"
msgstr "Konto gesperrt"

#, python-format
msgid "%(count)d attempt"
msgid_plural "%(count)d attempts"
msgstr[0] "%(count)d Versuch"
msgstr[1] "%(count)d Versuche"

#, fuzzy
msgid "Try again"
msgstr "Nochmal?"
"""


def test_a_compiled_translation_says_what_its_source_says(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text(SAMPLE, encoding="utf-8")
    texts = gettext.GNUTranslations(io.BytesIO(compiled(source)))
    assert texts.gettext("Account locked") == "Konto gesperrt"
    assert texts.ngettext("%(count)d attempt", "%(count)d attempts", 2) == "%(count)d Versuche"
    assert texts.gettext("Try again") == "Try again"


def test_every_compiled_translation_is_fresh() -> None:
    stale = [
        str(source.relative_to(LOCALES))
        for source in sources()
        if not source.with_suffix(".mo").exists()
        or source.with_suffix(".mo").read_bytes() != compiled(source)
    ]
    assert not stale, "run `python -m tests.locales`"


def test_no_translation_is_without_its_source() -> None:
    assert all(target.with_suffix(".po") in sources() for target in LOCALES.rglob("*.mo"))
