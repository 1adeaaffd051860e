# ruff: noqa: RUF001 (letters of other alphabets are meant)
"""What is said in each language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import translation

# How the answer to a locked out attempt begins.
LOCKED = {
    "ar": "الحساب مقفل: محاولات تسجيل الدخول كثيرة جدًا.",
    "de": "Konto gesperrt: zu viele Anmeldeversuche.",
    "en": "Account locked: too many login attempts.",
    "fa": "حساب قفل شده است: تلاش‌ها برای ورود بیش از حد مجاز بوده است.",
    "fr": "Compte verrouillé\u00a0: trop de tentatives de connexion.",
    "id": "Akun terkunci: terlalu banyak percobaan masuk.",
    "nl": "Account geblokkeerd: te veel aanmeldpogingen.",
    "pl": "Konto zablokowane: zbyt wiele prób logowania.",
    "ru": "Учётная запись заблокирована: слишком много попыток входа.",
    "tr": "Hesap kilitlendi: çok fazla oturum açma denemesi yapıldı.",
}
RIGHT_TO_LEFT = {"ar", "fa"}

# How many attempts were removed, by their number.
REMOVED = {
    "ar": {
        0: "لم تُزَل أي محاولة.",
        1: "أُزيلت محاولة واحدة.",
        2: "أُزيلت محاولتان.",
        5: "أُزيلت 5 محاولات.",
        11: "أُزيلت 11 محاولة.",
        100: "أُزيلت 100 محاولة.",
    },
    "de": {1: "1 Versuch entfernt.", 2: "2 Versuche entfernt.", 11: "11 Versuche entfernt."},
    "en": {1: "1 attempt removed.", 2: "2 attempts removed.", 11: "11 attempts removed."},
    "fa": {1: "1 تلاش حذف شد.", 5: "5 تلاش حذف شد."},
    "fr": {
        0: "0 tentative supprimée.",
        1: "1 tentative supprimée.",
        2: "2 tentatives supprimées.",
        11: "11 tentatives supprimées.",
        1000000: "1000000 de tentatives supprimées.",
    },
    "id": {1: "1 percobaan dihapus.", 5: "5 percobaan dihapus."},
    "nl": {1: "1 poging verwijderd.", 2: "2 pogingen verwijderd.", 11: "11 pogingen verwijderd."},
    "pl": {
        1: "Usunięto 1 próbę.",
        2: "Usunięto 2 próby.",
        5: "Usunięto 5 prób.",
        11: "Usunięto 11 prób.",
        12: "Usunięto 12 prób.",
        22: "Usunięto 22 próby.",
    },
    "ru": {
        1: "Удалена 1 попытка.",
        2: "Удалены 2 попытки.",
        5: "Удалено 5 попыток.",
        11: "Удалено 11 попыток.",
        21: "Удалена 21 попытка.",
        22: "Удалены 22 попытки.",
    },
    "tr": {1: "1 deneme kaldırıldı.", 5: "5 deneme kaldırıldı."},
}


@contextmanager
def visitors_choose(settings: Any) -> Iterator[None]:
    """The site speaks the language that the visitor's browser asks for."""
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    try:
        yield
    finally:
        # Django leaves the language of the latest request active.
        translation.deactivate()


def speaking(language: str) -> dict[str, str]:
    return {"HTTP_ACCEPT_LANGUAGE": language}
