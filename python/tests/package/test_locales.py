"""The translations are complete, fit their texts, and are compiled."""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import locales
from tests.locales import DJANGO, LOCALES, compiled, sources, texts_in, updated

RENEW = "run `cargo xtask gen-locales`"
LANGUAGES = ["ar", "de", "fa", "fr", "id", "nl", "pl", "ru", "tr"]

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z%]")
SAMPLE = """
msgid ""
msgstr ""
"Language: de\\n"
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

TEMPLATE = """
{# Translators: the title #}
<h1>{% translate "Locked out" %}</h1>
  {% blocktranslate trimmed count counter=list|length %}
    One “lockout”
  {% plural %}
    {{ counter }} lockouts
  {% endblocktranslate %}
    {% translate 'Open' context "a door" as open %}<p title="{{ _('Close') }}">
"""

CODE = """
class Page:
    title = _("Locked out")
    text = pgettext_lazy("a door", "Open")

    def words(self, number):
        return ngettext(
            "%(n)d lockout",  # one
            "%(n)d " "lockouts",
            number,
        )
"""


def translations() -> Iterator[tuple[str, Any]]:
    """Every text in every language."""
    for source in sources():
        for message in locales.read(source):
            if message.id:
                yield source.parts[-3], message


def tuple_of(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def catalogue(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def test_these_are_the_languages() -> None:
    assert [source.parts[-3] for source in sources()] == LANGUAGES


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "page.html",
            TEMPLATE,
            [
                ("Locked out", ["Translators: the title"], None),
                (("One “lockout”", "%(counter)s lockouts"), [], None),
                ("Open", [], "a door"),
                ("Close", [], None),
            ],
        ),
        (
            "page.py",
            CODE,
            [
                ("Locked out", [], None),
                ("Open", [], "a door"),
                (("%(n)d lockout", "%(n)d lockouts"), [], None),
            ],
        ),
    ],
)
def test_texts_are_found(tmp_path: Path, name: str, text: str, found: list[Any]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    messages = [
        (
            (message[0], message[1]) if isinstance(message, tuple) else message,
            comments,
            context,
        )
        for _line, message, comments, context in texts_in(tmp_path / name)
    ]
    assert messages == found


def test_every_text_of_the_package_is_in_every_language_and_no_other() -> None:
    stale = [
        source.parts[-3]
        for source in sources()
        if source.read_text(encoding="utf-8") != updated(source)
    ]
    assert not stale, RENEW


def test_every_text_is_translated() -> None:
    missing = [
        (language, message.id)
        for language, message in translations()
        if message.fuzzy or not message.string or not all(tuple_of(message.string))
    ]
    assert not missing


def test_nothing_is_kept_that_is_gone() -> None:
    assert all(not locales.read(source).obsolete for source in sources())


def test_translations_keep_the_placeholders() -> None:
    wrong = []
    for language, message in translations():
        expected = placeholders(tuple_of(message.id)[-1])
        for form, text in enumerate(tuple_of(message.string)):
            may_leave_out = message.pluralizable and form in forms_of_words(language)
            if placeholders(text) != expected and not (
                may_leave_out and placeholders(text) < expected
            ):
                wrong.append((language, text))
    assert not wrong


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def forms_of_words(language: str) -> set[int]:
    """The plural forms that need not tell the number: those for nothing, one or two alone."""
    texts = catalogue(LOCALES / language / "LC_MESSAGES" / "django.mo")
    return {texts.plural(n) for n in range(3)} - {texts.plural(n) for n in range(3, 1000)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_are_those_of_django(language: str) -> None:
    ours = catalogue(LOCALES / language / "LC_MESSAGES" / "django.mo")
    django = catalogue(DJANGO / language / "LC_MESSAGES" / "django.mo")
    assert ours.info()["plural-forms"] == django.info()["plural-forms"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_django_is_said_otherwise(language: str) -> None:
    """Django puts the texts of all apps into one catalogue, where ours come before its own."""
    ours = texts_of(LOCALES / language / "LC_MESSAGES" / "django.mo")
    other = {}
    for path in sorted(DJANGO.parents[1].glob(f"**/locale/{language}/LC_MESSAGES/django.mo")):
        django = texts_of(path)
        other |= {text: django[text] for text in ours if django.get(text, ours[text]) != ours[text]}
    assert not other


def texts_of(path: Path) -> dict[Any, str]:
    texts: dict[Any, str] = catalogue(path)._catalog  # type: ignore[attr-defined]
    return {text: said for text, said in texts.items() if text}


def test_the_sources_name_no_person_no_time_and_no_place() -> None:
    for source in sources():
        text = source.read_text(encoding="utf-8")
        assert not re.search(r"(?m)-Date:|Translator:|Team:|@\w+\.|^#: .*:\d|^#: (?!axes/)", text)


def test_a_compiled_translation_says_what_its_source_says(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text(SAMPLE, encoding="utf-8")
    texts = gettext.GNUTranslations(io.BytesIO(compiled(source)))
    assert texts.gettext("Account locked") == "Konto gesperrt"
    assert texts.ngettext("%(count)d attempt", "%(count)d attempts", 2) == "%(count)d Versuche"
    assert texts.gettext("Try again") == "Try again"


def test_every_compiled_translation_is_fresh() -> None:
    stale = [
        source.parts[-3]
        for source in sources()
        if not source.with_suffix(".mo").exists()
        or source.with_suffix(".mo").read_bytes() != compiled(source)
    ]
    assert not stale, RENEW


def test_no_translation_is_without_its_source() -> None:
    assert all(target.with_suffix(".po") in sources() for target in LOCALES.rglob("*.mo"))
