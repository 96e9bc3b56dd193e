"""The decoder of the live map: the JavaScript that ships, against torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save
from torch import Tensor, nn

from tests.js.models import latent_points, model, opened
from tests.js.node import Engine, encoded, running
from tests.places import SHIPPED
from vae_core.model.architectures import NETWORKS
from vae_core.model.layer_list import describe
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.networks import Residual, Upsample, encoder_and_decoder
from vae_core.model.vae import VAE
from vae_core.runs.listing import list_runs

MODULES = ("js/engine/safetensors.js", "js/engine/network.js", "js/engine/decoder.js", "js/engine/kernels.js")
TOLERANCE = 1e-4
SHAPES = ((8, 8), (28, 28), (7, 5), (3, 7, 5))


@pytest.fixture(scope="module", params=["", "WebAssembly"], ids=["webassembly", "javascript"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine that has the decoder loaded, with WebAssembly and without."""
    with running(*MODULES, without=request.param) as node:
        yield node


def test_which_kernels_run_is_said(engine: Engine, request: pytest.FixtureRequest, written: Callable[[VAE], bytes]) -> None:
    name = engine.call("(file) => js.decoder.openDecoder({ weights: oddly(file) }).engine", encoded(written(model("mlp"))))
    assert f"[{name}]" in request.node.name
    engine.call("(file) => void js.decoder.openDecoder({ weights: oddly(file) })", encoded(written(model("conv"))))
    assert len(engine.call("() => told")) == (name == "javascript"), "the fallback is said once"


RUN = """([file, part, inputs]) => {
    if (part === "mean") {
        const whole = js.decoder.openDecoder({ weights: oddly(file) });
        const { channels, height, width } = whole.picture;
        const event = channels > 1 ? [channels, height, width] : [height, width];
        return { shape: [whole.latentSize, ...event], outputs: inputs.map((z) => Array.from(whole.decode(z))) };
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


def file_of(network: nn.Sequential, part: str = "decoder", mean: str = "identity", **numbers: str) -> bytes:
    """Return a file of weights that holds one network alone."""
    tensors = {f"{part}.{name}": value.contiguous() for name, value in network.state_dict().items()}
    return save(tensors, {"mean": mean, **numbers, part: json.dumps(describe(network, part))})


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
    "upsampling between convolutions": lambda: nn.Sequential(
        nn.Unflatten(1, (5, 3, 4)),
        Upsample((5, 8)),
        nn.Conv2d(5, 6, 3, padding=1),
        gelu(),
        Upsample((10, 15)),
        nn.Conv2d(6, 1, 2),
        Upsample((17, 28)),
    ),
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


def test_gelu_is_that_of_float64_to_a_millionth(engine: Engine) -> None:
    x = torch.cat([torch.linspace(-20, 20, 4001), torch.tensor([-3e38, -1e30, -1e4, 1e4, 1e30, 3e38]), torch.logspace(-30, 0, 94)])
    _, outputs = ran(engine, file_of(nn.Sequential(nn.Unflatten(1, (1, 1, len(x))), gelu())), "decoder", x[None])
    expected = nn.functional.gelu(x.double(), approximate="tanh")
    np.testing.assert_allclose(outputs[0], expected.numpy(), atol=1e-6, rtol=1e-6)


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
    content = file_of(nn.Sequential(*network), mean=likelihood.mean_name, **likelihood.mean_numbers())
    header, _ = opened(content)
    tensors = {"decoder.0.weight": params[:, None], "decoder.0.bias": torch.zeros(len(params))}
    _, means = ran(engine, save(tensors, header["__metadata__"]), "mean", torch.ones(1, 1))
    expected = likelihood.mean(params.double()[None]).detach()
    np.testing.assert_allclose(means[0], expected.numpy(), atol=1e-6, rtol=1e-6)
    if likelihood.support != "real":
        assert means.min() >= 0 and means.max() <= 1


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


WITHOUT_MEMORY = """(file) => {
    const { Memory } = globalThis.WebAssembly ?? {};
    if (Memory) WebAssembly.Memory = class { constructor() { throw new RangeError("none left"); } };
    const whole = js.decoder.openDecoder({ weights: oddly(file) });
    if (Memory) Object.assign(WebAssembly, { Memory });
    const other = js.decoder.openDecoder({ weights: oddly(file) });
    const z = [0.3, -1, 2];
    return [whole.engine, other.engine, Array.from(whole.decode(z)), Array.from(other.decode(z))];
}"""


def test_a_network_whose_memory_is_refused_runs_in_javascript_beside_others(engine: Engine, written: Callable[[VAE], bytes]) -> None:
    plain, best, one, other = engine.call(WITHOUT_MEMORY, encoded(written(model("conv"))))
    assert plain == "javascript" and best in ("webassembly", "javascript")
    np.testing.assert_allclose(one, other, atol=1e-6)


BATCHED = """(file) => {
    const whole = js.decoder.openDecoder({ weights: oddly(file) });
    const zs = Float32Array.from({ length: whole.batch * whole.latentSize }, (_, n) => 3 * Math.sin(n));
    const one = (row) => whole.decode(zs.subarray(row * whole.latentSize, (row + 1) * whole.latentSize));
    const singly = () => Array.from({ length: whole.batch }, (_, row) => Array.from(one(row))).flat();
    return [whole.batch, singly(), Array.from(whole.decodeBatch(zs)), singly()];
}"""


@pytest.mark.parametrize("network", NETWORKS)
def test_a_batch_gives_what_one_after_another_gives(engine: Engine, written: Callable[[VAE], bytes], network: str) -> None:
    batch, *found = engine.call(BATCHED, encoded(written(model(network, event_shape=(7, 5)))))
    is_plain = engine.call("() => js.kernels.withKernels((each) => each.name, 1)") == "javascript"
    assert batch == (1 if is_plain or network.startswith("conv") else 16)
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-6)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_decode_leaves_no_garbage(engine: Engine, written: Callable[[VAE], bytes], network: str) -> None:
    content = encoded(written(model(network)))
    free, control = (engine.call(REPEATED, [content, kept]) for kept in (False, True))
    assert free["same"]
    assert free["perCall"] < 30 < control["perCall"], "bytes on the heap per call"
