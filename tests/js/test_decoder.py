"""The decoder of the live map: the JavaScript that ships, against torch."""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save
from torch import Tensor, nn

from dashboard.components.bundler import HERE
from dashboard.i18n.texts import section, t
from tests.js.node import Engine, encoded, running
from tests.places import SHIPPED
from vae_core.config import ModelConfig, RunConfig
from vae_core.model.architectures import NETWORKS
from vae_core.model.layer_list import describe
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.networks import Residual, encoder_and_decoder
from vae_core.model.vae import VAE, build_vae
from vae_core.runs.listing import list_runs
from vae_core.runs.writer import RunWriter

MODULES = ("js/engine/safetensors.js", "js/engine/network.js", "js/engine/decoder.js")
TOLERANCE = 1e-4
SHAPES = ((8, 8), (28, 28), (7, 5))
HIDDEN = {"mlp": (24, 17), "residual": (24, 17, 30), "conv": (5, 8), "linear": ()}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that has the decoder loaded."""
    with running(*MODULES) as node:
        yield node


# ---- models and files


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[VAE], bytes]:
    """The bytes of model.safetensors as the trainer writes them."""
    writer = RunWriter(tmp_path_factory.mktemp("run"), RunConfig(), {})

    def write(vae: VAE) -> bytes:
        writer.weights(vae)
        return (writer.path / "model.safetensors").read_bytes()

    return write


def model(network: str, likelihood: str = "bernoulli", event_shape: tuple[int, ...] = (8, 8), latent_size: int = 3) -> VAE:
    """Return a VAE whose weights are large enough for pictures of all greys, as if it had been trained."""
    torch.manual_seed(7)
    config = ModelConfig(network=network, likelihood=likelihood, hidden=HIDDEN[network], latent_size=latent_size)
    vae = build_vae(config, event_shape, 1 / 255).eval()
    with torch.no_grad():
        for weights in vae.parameters():
            weights.mul_(2).add_(0.05 * torch.randn_like(weights))
        vae.encoder.layers[0].pixel_mean.uniform_()
    return vae


def latent_points(size: int) -> Tensor:
    """Return z (8, size): the middle of the map, places on it, and places far outside."""
    spread = torch.tensor([0.0, 1, 1, 1, 2, 6, 30, 300])
    return torch.randn(8, size, generator=torch.Generator().manual_seed(3)) * spread[:, None]


def opened(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header of a file of weights and the bytes after it."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def closed(header: Any, body: bytes) -> bytes:
    """Return the file of a header, JSON or bytes as they are, and the bytes after it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


# ---- the truth

RUN = """([file, part, inputs]) => {
    if (part === "mean") {
        const whole = js.decoder.openDecoder({ weights: oddly(file) });
        const { height, width } = whole.picture;
        return { shape: [whole.latentSize, height, width], outputs: inputs.map((z) => Array.from(whole.decode(z))) };
    }
    const network = new js.network.Network(js.safetensors.parseSafetensors(oddly(file)), part);
    return { shape: [network.inputSize, ...network.outputShape], outputs: inputs.map((x) => Array.from(network.run(x))) };
}"""


def ran(engine: Engine, content: bytes, part: str, inputs: Tensor) -> tuple[list[int], NDArray[np.float64]]:
    """Return what the page makes of the inputs (B, n), and the sizes that it states; part: decoder, encoder, or mean of the decoder."""
    answer = engine.call(RUN, [encoded(content), part, inputs.flatten(1).tolist()])
    return answer["shape"], np.array(answer["outputs"], dtype=np.float64)


def assert_same(found: NDArray[np.float64], expected: Tensor) -> None:
    """Complain of a difference above the tolerance, relative where numbers are above one."""
    np.testing.assert_allclose(found, expected.flatten(1).numpy(), atol=TOLERANCE, rtol=TOLERANCE)


@torch.no_grad()
def check(engine: Engine, vae: VAE, content: bytes, event_shape: Sequence[int], latent_size: int = 3) -> None:
    """Compare the decoder's means and the encoder's posteriors with torch."""
    z = latent_points(latent_size)
    shape, means = ran(engine, content, "mean", z)
    assert shape == [z.shape[1], *event_shape]
    assert_same(means, vae.likelihood.mean(vae.decode(z)))
    x = torch.rand(4, *event_shape, generator=torch.Generator().manual_seed(5))
    shape, codes = ran(engine, content, "encoder", x)
    assert shape == [x[0].numel(), 2 * z.shape[1]]
    posterior = vae.encode(x)
    assert_same(codes, torch.cat([posterior.mu, posterior.log_var], 1))


@pytest.mark.parametrize("event_shape", SHAPES)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("network", NETWORKS)
def test_the_page_decodes_and_encodes_as_torch_does(
    engine: Engine, written: Callable[[VAE], bytes], network: str, likelihood: str, event_shape: tuple[int, ...]
) -> None:
    vae = model(network, likelihood, event_shape)
    check(engine, vae, written(vae), event_shape)


def test_the_page_runs_the_very_files_that_ship(engine: Engine) -> None:
    runs, broken = list_runs(SHIPPED)
    assert runs and not broken
    for run in runs:
        content = (run.path / "model.safetensors").read_bytes()
        check(engine, run.model(), content, run.dataset["event_shape"], run.config.model.latent_size)


@pytest.mark.parametrize("network", NETWORKS)
def test_one_changed_weight_of_any_tensor_is_seen(engine: Engine, written: Callable[[VAE], bytes], network: str) -> None:
    vae = model(network)
    content = written(vae)
    header, _ = opened(content)
    tensors = load(content)
    used = [name for name in tensors if name.startswith(("encoder.", "decoder."))]
    assert used
    for name in used:
        flat = tensors[name].flatten()
        changed = flat.clone()
        changed[flat.abs().argmax()] += 1
        other = save({**tensors, name: changed.reshape(tensors[name].shape)}, header["__metadata__"])
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            check(engine, vae, other, (8, 8))


def file_of(network: nn.Sequential, part: str = "decoder", mean: str = "identity") -> bytes:
    """Return a file of weights that holds one network alone."""
    tensors = {f"{part}.{name}": value.contiguous() for name, value in network.state_dict().items()}
    return save(tensors, {"mean": mean, part: json.dumps(describe(network, part))})


def with_relu(network: nn.Sequential, content: bytes) -> tuple[nn.Sequential, bytes]:
    """Return the network, changed, and the file with ReLU in the place of GELU."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.GELU):
                setattr(module, name, nn.ReLU())
    return network, content.replace(b"gelu", b"relu")


def gelu() -> nn.GELU:
    return nn.GELU(approximate="tanh")


OTHERS: dict[str, Callable[[], nn.Sequential]] = {
    "channels in and out": lambda: nn.Sequential(nn.Unflatten(1, (3, 4, 5)), nn.Conv2d(3, 6, 3, padding=1), gelu(), nn.Conv2d(6, 2, 2)),
    "oblong kernel": lambda: nn.Sequential(nn.Unflatten(1, (2, 5, 6)), nn.ConvTranspose2d(2, 5, (2, 3)), gelu(), nn.Flatten()),
    "stride of three": lambda: nn.Sequential(
        nn.Linear(60, 24), gelu(), nn.Unflatten(1, (4, 2, 3)), nn.ConvTranspose2d(4, 3, 2, stride=3, output_padding=(2, 1))
    ),
    "dense after convolution": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 6, 10)), nn.Conv2d(1, 4, 3, stride=2), gelu(), nn.Flatten(), nn.Linear(32, 9), gelu(), nn.Linear(9, 3)
    ),
    "a block around convolutions": lambda: nn.Sequential(
        nn.Linear(60, 24),
        nn.Unflatten(1, (4, 2, 3)),
        nn.Conv2d(4, 5, 1),
        Residual(gelu(), nn.Conv2d(5, 7, 3, padding=1), gelu(), nn.Conv2d(7, 5, 1)),
        Residual(nn.Flatten(), nn.Linear(30, 30), gelu(), nn.Unflatten(1, (5, 2, 3))),
        nn.Conv2d(5, 2, 2),
    ),
    "a block in a block": lambda: nn.Sequential(
        nn.Linear(60, 9),
        Residual(gelu(), Residual(gelu(), nn.Linear(9, 9)), nn.Linear(9, 9), gelu()),
        Residual(gelu()),
        Residual(nn.Flatten()),
    ),
    "another shape of the same values": lambda: nn.Sequential(
        nn.Linear(60, 24), nn.Unflatten(1, (4, 2, 3)), nn.Conv2d(4, 6, 1), nn.Flatten(), nn.Unflatten(1, (9, 2, 2)), nn.Conv2d(9, 2, 2)
    ),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("relu", [False, True], ids=["gelu", "relu"])
@torch.no_grad()
def test_other_networks_run_as_torch_runs_them(engine: Engine, name: str, relu: bool) -> None:
    torch.manual_seed(11)
    network = OTHERS[name]()
    content = file_of(network)
    if relu:
        network, content = with_relu(network, content)
    x = 2 * torch.randn(4, 60)
    expected = network(x)
    shape, outputs = ran(engine, content, "decoder", x)
    assert shape == [60, *expected.shape[1:]]
    assert_same(outputs, expected)


@torch.no_grad()
def test_the_relu_decoder_of_the_keras_example(engine: Engine) -> None:
    torch.manual_seed(2)
    network = encoder_and_decoder(NETWORKS["conv"]((28, 28), 2, (32, 64), 1))[1]
    network, content = with_relu(network, file_of(network, mean="sigmoid"))
    z = latent_points(2)
    assert_same(ran(engine, content, "mean", z)[1], torch.sigmoid(network(z)))


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_mean_of_every_likelihood_at_every_size(engine: Engine, name: str) -> None:
    likelihood = LIKELIHOODS[name]()
    sizes = torch.cat([torch.zeros(1), torch.logspace(-8, 4, 200), torch.linspace(0.29, 0.31, 21)])
    params = torch.cat([sizes, -sizes])
    network = nn.Sequential(nn.Linear(1, len(params)), nn.Unflatten(1, (1, 1, len(params))))
    content = file_of(nn.Sequential(*network), mean=likelihood.mean_name)
    header, _ = opened(content)
    tensors = {"decoder.0.weight": params[:, None], "decoder.0.bias": torch.zeros(len(params))}
    _, means = ran(engine, save(tensors, header["__metadata__"]), "mean", torch.ones(1, 1))
    expected = likelihood.mean(params.double()[None])
    np.testing.assert_allclose(means[0], expected.numpy(), atol=1e-6, rtol=1e-6)
    if likelihood.support != "real":
        assert means.min() >= 0 and means.max() <= 1


# ---- the use of the module

REPEATED = """([file, kept]) => {
    const whole = js.decoder.openDecoder({ weights: oddly(file) });
    const z = new Float32Array(whole.latentSize), pictures = [];
    const growth = (often) => {
        const before = process.memoryUsage().heapUsed;
        for (let i = 0; i < often; i++) {
            z[0] = Math.sin(i);
            if (kept) pictures.push(whole.decode(z).slice());
            else whole.decode(z);
        }
        return (process.memoryUsage().heapUsed - before) / often;
    };
    growth(4000);
    const often = [1, 2, 3, 4, 5, 6, 7].map(() => growth(400)).sort((one, other) => one - other);
    return { perCall: often[3], same: whole.decode(z) === whole.decode([1, 2, 3]) };
}"""


@pytest.mark.parametrize("network", NETWORKS)
def test_a_decode_leaves_no_garbage(engine: Engine, written: Callable[[VAE], bytes], network: str) -> None:
    content = encoded(written(model(network)))
    free, control = (engine.call(REPEATED, [content, kept]) for kept in (False, True))
    assert free["same"]
    assert free["perCall"] < 30 < control["perCall"], "bytes on the heap per call"


# ---- refusals

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
    ("an unknown type", '"F16"', entry(dtype="F16")),
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
    ("an unknown first layer", "size of its input", layers({"op": "gelu"})),
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
