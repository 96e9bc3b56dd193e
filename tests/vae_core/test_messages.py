"""Messages: English at once, and JSON that anybody may have written back into a message that cannot harm."""

from __future__ import annotations

import errno
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from vae_core.messages import Message, Refusal, reason, say


def is_same(one: Message, other: Message) -> bool:
    return (one, one.text, one.values) == (other, other.text, other.values)


def test_a_message_is_its_english_sentence() -> None:
    why = say("it holds {count} of {n}", count=3, n=1234)
    said = say("{name!r} cannot be used ({why}); there are {others}.", name="it's", why=why, others=["a", say("b {c:.1f}", c=2)])
    assert str(said) == '"it\'s" cannot be used (it holds 3 of 1234); there are a, b 2.0.'
    assert str(say("{braces} stay where nothing stands for them")) == "{braces} stay where nothing stands for them"


def test_other_values_stand_as_python_writes_them_and_can_be_stored() -> None:
    said = say("{shape} {path} {low:.2g} {n:,}", shape=(2, 3), path=Path("a"), low=np.float32(0.25), n=np.int64(1234))
    assert str(said) == "(2, 3) a 0.25 1,234"
    assert is_same(Message.of(json.loads(json.dumps(said.record()))), said)


def test_a_value_is_never_formatted() -> None:
    assert str(say("There is no {name}.", name="{name.__class__} {0} {{}}")) == "There is no {name.__class__} {0} {{}}."


def test_a_record_comes_back_through_json() -> None:
    said = say("{a} and {b}, {c}", a=say("{n:.2f} nats", n=1.5), b=["x", 2], c="ü")
    back = Message.of(json.loads(json.dumps(said.record())))
    assert is_same(back, said)
    assert say("Training.").record() == {"sentence": "Training."}
    assert is_same(Message.of({"sentence": "Training."}), say("Training.")) and is_same(Message.of("Training."), say("Training."))


@pytest.mark.parametrize(
    "record",
    [
        {"sentence": "s", "text": "{a:>999999999}", "values": {"a": "x"}},
        {"sentence": "s", "text": "{a.__class__}", "values": {"a": None}},
        {"sentence": "s", "text": 3, "values": {"a": 1}},
        {"sentence": "s", "text": "t", "values": [1]},
        {"sentence": "s", "text": "t", "values": {"a": [[[[[[[["deep"]]]]]]]]}},
    ],
)
def test_a_record_of_a_stranger_is_not_formatted(record: dict[str, object]) -> None:
    assert str(Message.of(record)) == "s"


def test_a_record_without_a_sentence_says_nothing() -> None:
    assert str(Message.of({"sentence": 4})) == "" and str(Message.of({})) == ""


def test_a_refusal_takes_a_text_or_a_message_and_goes_to_another_process() -> None:
    first = Refusal("Run {run!r} is under way already.", run="a")
    again = Refusal(first.message)
    assert str(first) == str(again) == "Run 'a' is under way already." and again.message.values == {"run": "a"}
    assert is_same(pickle.loads(pickle.dumps(first)).message, first.message)  # as a pool of processes hands it over


def test_why_something_failed() -> None:
    assert is_same(reason(Refusal("No {thing}.", thing="x")), say("No {thing}.", thing="x"))
    assert str(reason(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/file"))) == os.strerror(errno.ENOSPC)
    assert str(reason(RuntimeError("one\n  two"))) == "one two" and str(reason(KeyError())) == "KeyError"
