"""What the core says to people: an English sentence, and the values that stand in it.

The sentence is its own key, as with gettext: `say("Run {run!r} is under way already.", run=name)` reads as what it says, and another
language finds its translation under "Run {run!r} is under way already." and puts the same values into it. str() is the English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

Value = Union[str, int, float, "Message", "tuple[Value, ...]"]
AND = ", "  # between the values of a list
DEEPEST = 4  # messages within messages


@dataclass(frozen=True)
class Message:
    """A sentence, or a part of one.

    Args:
        text: the English text with {names}, as str.format has them; without values braces are plain letters.
        values: what stands for the names: texts, numbers, other messages, or tuples of these.
        sentence: the text with its values. It is kept, since a text that was read from a file must not be formatted.
    """

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    sentence: str = ""

    def __str__(self) -> str:
        return self.sentence

    def record(self) -> dict[str, Any]:
        """Return it JSON-ready, the English sentence first; `of` is the inverse."""
        values = {name: _recorded(value) for name, value in self.values.items()}
        return {"sentence": self.sentence, **({"text": self.text, "values": values} if values else {})}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Message:
        """Return the message of a record that anybody may have written; what is no message in it falls back on the sentence."""
        return _read(record, 0)


def say(text: str, /, **values: Value) -> Message:
    """Return a message.

    >>> said = say("There is no run {run!r}; {remedy}.", run="a", remedy=say("train one"))
    >>> str(said)
    "There is no run 'a'; train one."
    >>> Message.of(said.record()) == said
    True
    """
    return Message(text, values, text.format(**{name: _english(value) for name, value in values.items()}) if values else text)


def reason(error: BaseException) -> Message:
    """Return why something failed: what a refusal says, what the operating system said of a file, or what a library said, on one line."""
    if isinstance(error, Refusal):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        return say(error.strerror)
    return say(" ".join(str(error).split()) or type(error).__name__)


class Refusal(Exception):
    """What cannot be done, in one plain sentence that names the cause and the remedy: a message, or a text and its values."""

    def __init__(self, said: Message | str, /, **values: Value) -> None:
        self.message = said if isinstance(said, Message) else say(said, **values)
        super().__init__(str(self.message))


def _english(value: Value) -> str | int | float:
    if isinstance(value, tuple):
        return AND.join(str(_english(one)) for one in value)
    return str(value) if isinstance(value, Message) else value


def _recorded(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_recorded(one) for one in value]
    return value.record() if isinstance(value, Message) else value


def _read(record: Mapping[str, Any], depth: int) -> Message:
    """Return the message of a record; values that are none make it a sentence without values."""
    sentence, text, values = (record.get(name) for name in ("sentence", "text", "values"))
    sentence = sentence if isinstance(sentence, str) else ""
    if not isinstance(text, str) or not isinstance(values, dict) or depth > DEEPEST:
        return Message(sentence, {}, sentence)
    return Message(text, {name: _value(value, depth + 1) for name, value in values.items()}, sentence)


def _value(value: Any, depth: int) -> Value:
    if isinstance(value, list) and depth <= DEEPEST:
        return tuple(_value(one, depth + 1) for one in value)
    if isinstance(value, dict):
        return _read(value, depth)
    return value if isinstance(value, str | int | float) else ""
