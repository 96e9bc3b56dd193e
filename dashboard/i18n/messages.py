"""What vae_core says in English, in the language of this moment; the translations are the texts core.said of the locale files.

The key of a translation is the English text with its {names}, and the translation has the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from dashboard.i18n.texts import all_texts
from vae_core.messages import AND, Message, Refusal, Value


def translated(said: object) -> str:
    """Return what the core said, in the language of this moment; values are as users wrote them, so Markdown needs `plain`.

    Args:
        said: a message, an error, or a text that stands for itself; what has no translation stays English.
    """
    message = said.message if isinstance(said, Refusal) else said if isinstance(said, Message) else Message(str(said))
    return _rendered(message, all_texts())


def _rendered(message: Message, translations: Mapping[str, str]) -> str:
    if (words := translations.get(f"core.said.{message.text}")) is None:
        return str(message)
    quoted = {name for _, name, _, conversion in Formatter().parse(message.text) if conversion == "r"}
    try:
        return words.format(**{name: _value(value, translations, name in quoted) for name, value in message.values.items()})
    except (KeyError, ValueError):  # a record that somebody else wrote: a value is missing, or is no number
        return str(message)


def _value(value: Value, translations: Mapping[str, str], is_quoted: bool) -> str | int | float:
    """Return a value as it stands in the sentence; the other language has quotes of its own, but for a name with odd letters in it."""
    if isinstance(value, Message):
        return _rendered(value, translations)
    if isinstance(value, list):
        return translations.get(f"core.said.{AND}", AND).join(str(_value(one, translations, False)) for one in value)
    if is_quoted and isinstance(value, str) and repr(value)[1:-1] != value:
        return repr(value)
    return value
