"""Networks: what a residual block computes, and that the browser's description names every tensor of every network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.model.architectures import NETWORKS
from vae_core.model.layer_list import describe
from vae_core.model.networks import Residual, encoder_and_decoder

HIDDEN = (6, 5, 4)


def pair(network: str) -> dict[str, nn.Module]:
    encoder, decoder = encoder_and_decoder(NETWORKS[network]((8, 8), 3, HIDDEN, 2))
    return {"encoder": encoder, "decoder": decoder}


def flat(layers: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every layer, those in blocks too."""
    for layer in layers:
        yield layer
        yield from flat(layer.get("layers", []))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_the_description_names_every_tensor_once(network: str, part: str) -> None:
    module = pair(network)[part]
    expected = sorted(f"{part}.{name}" for name in module.state_dict())
    found = []
    for layer in flat(describe(module, part)):
        name = layer.get("name")
        found += [] if name is None else [name] if layer["op"] in ("subtract", "append") else [f"{name}.weight", f"{name}.bias"]
    assert sorted(found) == expected


def test_a_layer_without_description_is_refused() -> None:
    with pytest.raises(TypeError, match="Dropout has no description"):
        describe(nn.Sequential(nn.Linear(1, 1), Residual(nn.Dropout())), "decoder")


def gelu(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


def test_the_residual_network_is_a_trunk_with_a_block_per_further_width() -> None:
    decoder, x = pair("residual")["decoder"], torch.randn(7, 3)
    weights = decoder.state_dict()

    def dense(name: str, value: Tensor) -> Tensor:
        return value @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    trunk = dense("0", x)
    for block, inner in (("1", 4), ("2", 5)):
        assert weights[f"{block}.layers.1.weight"].shape == (inner, HIDDEN[0])
        trunk = trunk + dense(f"{block}.layers.3", gelu(dense(f"{block}.layers.1", gelu(trunk))))
    torch.testing.assert_close(decoder(x), dense("4", gelu(trunk)).reshape(7, 2, 8, 8))


def test_a_residual_network_of_one_width_is_the_dense_one() -> None:
    networks = [NETWORKS[name]((8, 8), 3, (6,), 1) for name in ("residual", "mlp")]
    assert networks[0].encoder() == networks[1].encoder() and networks[0].decoder() == networks[1].decoder()


@pytest.mark.parametrize("network", NETWORKS)
def test_shapes_are_those_that_the_vae_expects(network: str) -> None:
    parts = pair(network)
    mu, log_var = parts["encoder"](torch.rand(4, 8, 8))
    assert mu.shape == log_var.shape == (4, 3)
    assert parts["decoder"](mu).shape == (4, 2, 8, 8)
