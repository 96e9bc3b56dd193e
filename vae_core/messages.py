"""What the core says to people: an English sentence, and the values that stand in it.

The sentence is its own key, as with gettext: `say("Run {run!r} is under way already.", run=name)` reads as what it says, and another
language finds its translation under "Run {run!r} is under way already." and puts the same values into it. str() is the English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any, Union

Value = Union[str, int, float, "Message", "list[Value]"]
AND = ", "  # between the values of a list
DEEPEST = 8  # messages within messages


class Message(str):
    """An English sentence, or a part of one, that knows what it was made of.

    Attributes:
        text: the sentence with {names}, as str.format has them; without values braces are plain letters.
        values: what stands for the names: texts, numbers, other messages, or lists of these.
    """

    text: str
    values: Mapping[str, Value]

    def __new__(cls, sentence: str, text: str | None = None, values: Mapping[str, Value] | None = None) -> Message:
        """Return a message; the sentence is given beside text and values, since a text that was read from a file must not be formatted."""
        message = super().__new__(cls, sentence)
        message.text, message.values = sentence if text is None else text, values or {}
        return message

    def record(self) -> dict[str, Any]:
        """Return it JSON-ready, the English sentence first; `of` is the inverse."""
        values = {name: _recorded(value) for name, value in self.values.items()}
        return {"sentence": str(self), **({"text": self.text, "values": values} if values else {})}

    @classmethod
    def of(cls, record: object) -> Message:
        """Return the message of a record that anybody may have written, or of a plain sentence, as versions before wrote it."""
        return _read(record if isinstance(record, Mapping) else {"sentence": record}, 0)


def say(text: str, /, **values: object) -> Message:
    """Return a message; a value that is neither text, number, message nor list stands in it as str() writes it.

    >>> said = say("There is no run {run!r}; {remedy}.", run="a", remedy=say("train one"))
    >>> print(said)
    There is no run 'a'; train one.
    >>> said.text, said.values["run"]
    ('There is no run {run!r}; {remedy}.', 'a')
    """
    said = {name: _as_value(value) for name, value in values.items()}
    return Message(text.format(**{name: _english(value) for name, value in said.items()}) if said else text, text, said)


def joined(first: Message, *others: Message) -> Message:
    """Return sentences one after another as one message; between two of them another language may want no space."""
    return reduce(lambda before, after: say("{first} {then}", first=before, then=after), others, first)


def reason(error: BaseException) -> Message:
    """Return why something failed: what a refusal says, what the operating system said of a file, or what a library said, on one line."""
    if isinstance(error, Refusal):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        return say(error.strerror)
    return say(" ".join(str(error).split()) or type(error).__name__)


class Refusal(Exception):
    """What cannot be done, in one plain sentence that names the cause and the remedy: a message, or a text and its values."""

    def __init__(self, said: str, /, **values: object) -> None:
        self.message = said if isinstance(said, Message) else say(said, **values)
        super().__init__(self.message)


def _as_value(value: Any) -> Value:
    if isinstance(value, list):
        return [_as_value(one) for one in value]
    value = value.item() if hasattr(value, "item") else value  # a number of NumPy or of torch
    return value if isinstance(value, str | int | float) else str(value)


def _english(value: Value) -> str | int | float:
    if isinstance(value, list):
        return AND.join(str(_english(one)) for one in value)
    return value


def _recorded(value: Value) -> Any:
    if isinstance(value, list):
        return [_recorded(one) for one in value]
    return value.record() if isinstance(value, Message) else value


def _read(record: Mapping[str, Any], depth: int) -> Message:
    """Return the message of a record; values that are none make it a sentence without values."""
    sentence, text, values = (record.get(name) for name in ("sentence", "text", "values"))
    sentence = sentence if isinstance(sentence, str) else ""
    if not isinstance(text, str) or not isinstance(values, dict) or depth > DEEPEST:
        return Message(sentence)
    return Message(sentence, text, {name: _value(value, depth + 1) for name, value in values.items()})


def _value(value: Any, depth: int) -> Value:
    if isinstance(value, list) and depth <= DEEPEST:
        return [_value(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return _read(value, depth)
    return value if isinstance(value, str | int | float) else ""
