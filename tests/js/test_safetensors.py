"""Files of weights that the page refuses: whatever is wrong with one is said in one sentence."""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from dashboard.components.bundler import HERE
from dashboard.i18n.texts import section, t
from tests.js.models import model, opened
from tests.js.node import Engine, encoded, running
from tests.js.test_decoder import MODULES
from vae_core.model.vae import VAE


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the decoder loaded."""
    with running(*MODULES) as node:
        yield node


def closed(header: Any, body: bytes) -> bytes:
    """Return the file of a header, JSON or bytes as they are, and the bytes after it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


REFUSE = """(file) => refusal(() => {
    js.decoder.openDecoder({ weights: oddly(file) });
    new js.network.Network(js.safetensors.parseSafetensors(oddly(file)), "encoder");
})"""
Change = Callable[[dict[str, Any], bytes], bytes]
WEIGHT = "decoder.0.weight"


def entry(**values: Any) -> Change:
    """Return a change to what the header says of one tensor."""
    return lambda header, body: closed({**header, WEIGHT: {**header[WEIGHT], **values}}, body)


def metadata(**values: Any) -> Change:
    """Return a change to the file's metadata."""
    return lambda header, body: closed({**header, "__metadata__": {**header["__metadata__"], **values}}, body)


def layers(*described: Any) -> Change:
    """Return a change to the layers of the decoder."""
    return metadata(decoder=json.dumps(described))


def first_weight(value: float) -> Change:
    """Return a change to the first number of the file."""
    return lambda header, body: closed(header, struct.pack("<f", value) + body[4:])


def twice(header: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(header)
    return closed(f'{text[:-1]}, "decoder.0.\\u0077eight": {json.dumps(header[WEIGHT])}}}'.encode(), body)


IN_A_BLOCK = {"op": "dense", "name": "decoder.0"}, {"op": "residual", "layers": [{"op": "dense", "name": "decoder.2"}]}
REFUSED: list[tuple[str, str, Change]] = [
    ("nothing", "cut short", lambda header, body: b""),
    ("a few bytes", "cut short", lambda header, body: b"\0" * 7),
    ("no end of the header", "longer than the file", lambda header, body: closed(header, body)[:100]),
    ("a huge header", "longer than the file", lambda header, body: struct.pack("<Q", 2**63) + body),
    ("no end", "beyond the end", lambda header, body: closed(header, body[:-4])),
    ("too long an end", "belong to no tensor", lambda header, body: closed(header, body + b"\0")),
    ("no JSON", "not JSON", lambda header, body: closed(b"{", body)),
    ("no UTF-8", "not JSON", lambda header, body: closed(b'{"\xff": 1}', body)),
    ("no object", "not a list of tensors", lambda header, body: closed([1], body)),
    ("metadata that are no texts", "metadata", metadata(mean=1)),
    ("an unknown type", '"F64"', entry(dtype="F64")),
    ("no type", "undefined", lambda header, body: closed({**header, WEIGHT: None}, body)),
    ("a shape that is none", "no shape", entry(shape="64")),
    ("a negative shape", "no shape", entry(shape=[-24, -3])),
    ("a shape of another size", "not its size", entry(shape=[24, 4])),
    ("offsets that are none", "no place", entry(data_offsets=[0])),
    ("offsets in reverse", "beyond the end", entry(data_offsets=[4, 0])),
    ("offsets beyond the end", "beyond the end", entry(data_offsets=[10**9, 10**9 + 288])),
    ("an overlap", "overlap", entry(data_offsets=[64, 268])),
    ("a gap", "belong to no tensor", lambda header, body: closed({k: v for k, v in header.items() if k != WEIGHT}, body)),
    ("a tensor named twice", "twice", twice),
    ("no layers", "does not list the layers", lambda header, body: closed({**header, "__metadata__": {}}, body)),
    ("layers that are none", "damaged", metadata(decoder="[1]")),
    ("an unknown layer", '"attention"', layers({"op": "dense", "name": "decoder.0"}, {"op": "attention"})),
    ("an unknown first layer", "how large its input is", layers({"op": "gelu"})),
    ("a missing tensor", "missing", layers({"op": "dense", "name": "decoder.9"})),
    ("a layer that does not fit", "do not fit", layers({"op": "dense", "name": "decoder.0"}, {"op": "dense", "name": "decoder.0"})),
    ("a shape that does not fit", "do not fit", layers({"op": "dense", "name": "decoder.0"}, {"op": "reshape", "shape": [1, 5, 5]})),
    ("a shape that is too large", "do not fit", layers({"op": "reshape", "shape": [10**6, 10**6]})),
    ("a convolution of no picture", "do not fit", layers({"op": "dense", "name": "decoder.0"}, {"op": "conv", "name": "decoder.0"})),
    ("a block without layers", "without layers", layers({"op": "dense", "name": "decoder.0"}, {"op": "residual"})),
    ("a block of another size", "do not fit", layers(*IN_A_BLOCK)),
    ("no picture", "one picture", layers({"op": "dense", "name": "decoder.0"})),
    ("an unknown mean", '"median"', metadata(mean="median")),
    ("an encoder without layers", "encoder", metadata(encoder="?")),
    ("a weight that is no number", "not finite", first_weight(float("nan"))),
    ("an infinite weight", "not finite", first_weight(float("inf"))),
]


def said(refusal: Any) -> Any:
    """Return a refusal, or nothing, in words."""
    if not isinstance(refusal, dict):
        return refusal
    return t(refusal["key"], **{name: said(value) for name, value in refusal["values"].items()})


def is_one_sentence(text: str | None) -> bool:
    """Tell whether it is one plain sentence, whatever names it quotes."""
    return bool(text and re.fullmatch(r"[A-Z][^.!?\n]*\.", re.sub(r'"(?:[^"\\]|\\.)*"', "x", text)))


@pytest.mark.parametrize(("words", "change"), [refused[1:] for refused in REFUSED], ids=[refused[0] for refused in REFUSED])
def test_an_unsound_file_is_refused_in_one_sentence(engine: Engine, written: Callable[[VAE], bytes], words: str, change: Change) -> None:
    sound = written(model("mlp"))
    assert engine.call(REFUSE, encoded(sound)) is None
    sentence = said(engine.call(REFUSE, encoded(change(*opened(sound)))))
    assert is_one_sentence(sentence) and words in sentence, sentence


def test_every_refusal_has_words_and_none_is_left_over() -> None:
    asked = {key for file in (HERE / "js").rglob("*.js") for key in re.findall(r'"weights\.(\w+)"', file.read_text(encoding="utf-8"))}
    assert asked == set(section("weights"))


def test_too_few_numbers_are_refused(engine: Engine, written: Callable[[VAE], bytes]) -> None:
    use = "(file) => refusal(() => js.decoder.openDecoder({ weights: oddly(file) }).decode([1, 2]))"
    sentence = said(engine.call(use, encoded(written(model("mlp")))))
    assert is_one_sentence(sentence) and "takes 3 numbers" in sentence


# Each damage is [length kept, position, byte]. A file that is still read must hold the very same numbers, whatever it calls them.
DAMAGED = """([file, damages]) => {
    const sound = oddly(file);
    const numbers = ({ tensors }) => JSON.stringify([...tensors.values()].map(({ shape, data }) => [shape, Array.from(data)]).sort());
    const expected = numbers(js.safetensors.parseSafetensors(sound));
    return damages.map(([length, position, byte]) => {
        const bytes = sound.slice(0, length);
        bytes[position] = byte;
        let parsed;
        const sentence = refusal(() => (parsed = js.safetensors.parseSafetensors(bytes)));
        if (sentence !== null) return { parsing: sentence };
        const running = refusal(() => js.decoder.openDecoder({ weights: bytes }).decode([1, 2, 3]));
        return { same: numbers(parsed) === expected, running };
    });
}"""


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_random_damage_is_refused_or_changes_no_number(engine: Engine, written: Callable[[VAE], bytes], network: str) -> None:
    content = written(model(network))
    header, at_random = len(content) - len(opened(content)[1]), random.Random(1)
    cuts = [[at_random.randrange(len(content)), 0, content[0]] for _ in range(100)]
    flips = [[len(content), at_random.randrange(header), at_random.randrange(256)] for _ in range(400)]
    likely = [[len(content), at_random.randrange(8, header), ord(at_random.choice('0123456789,:[]{}" -.e\\'))] for _ in range(400)]
    answers = engine.call(DAMAGED, [encoded(content), cuts + flips + likely])
    for damage, answer in zip(cuts + flips + likely, answers, strict=True):
        unchanged = damage[0] == len(content) and content[damage[1]] == damage[2]
        sentences = [said(answer[name]) for name in ("parsing", "running") if answer.get(name) is not None]
        assert all(map(is_one_sentence, sentences)), (damage, sentences)
        assert "parsing" in answer or answer["same"], damage
        assert not (unchanged and sentences), damage
    assert all("parsing" in answer for answer in answers[: len(cuts)])
    assert any("parsing" in answer for answer in answers[len(cuts) :])


def test_numbers_of_16_bits_are_read_as_numpy_reads_them(engine: Engine) -> None:
    values = np.array([0, -0.0, 1, -2.5, 65504, 2**-24, -(2**-14), 0.1, 1 / 3], np.float16)
    header = {"x": {"dtype": "F16", "shape": [len(values)], "data_offsets": [0, values.nbytes]}}
    read = "(file) => Array.from(js.safetensors.parseSafetensors(oddly(file)).tensors.get('x').data)"
    assert engine.call(read, encoded(closed(header, values.tobytes()))) == values.astype(float).tolist()
