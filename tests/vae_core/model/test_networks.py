"""Networks: what a residual block computes, and that the browser's description names every tensor of every network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.jobs.cost_estimate import count
from vae_core.model.architectures import NETWORKS
from vae_core.model.layer_list import describe
from vae_core.model.networks import ChannelsLast, Residual, Upsample, encoder_and_decoder
from vae_core.model.vae import build_vae

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


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("network", ["conv", "conv-upsample"])
def test_channels_lie_side_by_side_and_weights_as_ever(network: str, half: int) -> None:
    """The layout is one of speed alone: the same numbers as channel by channel, and weights that are stored as before."""
    encoder, decoder = encoder_and_decoder(NETWORKS[network]((3, 9, 10), 3, (4, 6), 2))
    layers = (encoder.layers, decoder)[half]
    x = torch.rand((5, 3, 9, 10) if half == 0 else (5, 3))
    usual = nn.Sequential(*(nn.Unflatten(m.dim, m.unflattened_size) if isinstance(m, ChannelsLast) else m for m in layers))
    expected, seen = usual(x), []
    for module in layers:
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(lambda _, given, out: seen.append(given[0].stride(1) == out.stride(1) == 1))
    found = layers(x)
    assert len(seen) > 1 and all(seen)
    torch.testing.assert_close(found, expected)
    found.square().sum().backward()
    assert all(p.is_contiguous() and p.grad is not None and p.grad.is_contiguous() for p in layers.parameters())


def test_upsampling_repeats_every_place_and_cuts_odd_sides() -> None:
    x = torch.arange(24.0).reshape(2, 2, 2, 3)
    whole, odd = Upsample((4, 6))(x), Upsample((3, 5))(x)
    assert torch.equal(whole, x.repeat_interleave(2, -1).repeat_interleave(2, -2)) and torch.equal(odd, whole[..., :3, :5])


@torch.no_grad()
def test_upsampling_draws_no_checkerboard() -> None:
    """Where all places say the same, all dots away from the edge are the same; a transposed convolution draws dots of four kinds."""
    kinds = {}
    for name in ("conv", "conv-upsample"):
        torch.manual_seed(0)
        decoder = encoder_and_decoder(NETWORKS[name]((32, 32), 2, (6, 5), 1))[1]
        flat = next(i for i, layer in enumerate(decoder) if isinstance(layer, nn.Unflatten))
        picture = decoder[flat + 1 :](torch.ones(1, 5, 8, 8))[0, 0, 10:22, 10:22]
        kinds[name] = len(picture.flatten().mul(1e5).round().unique())
    assert kinds["conv-upsample"] == 1 < kinds["conv"]


@pytest.mark.parametrize("network", NETWORKS)
def test_widths_that_suit_large_pictures_keep_the_decoder_small(network: str) -> None:
    kind = NETWORKS[network]
    assert kind.suited((28, 28)) == kind.suited((8, 8)) == kind.widths
    for shape, most in (((3, 64, 64), 16e6), ((3, 128, 128), 21e6), ((128, 20), 21e6)):
        work = count(ModelConfig(network=network, hidden=kind.suited(shape) or (1,), latent_size=16), shape)[1]
        assert work.dense + work.conv <= most


def test_a_start_at_the_mean_gives_each_channel_its_own() -> None:
    mean = torch.tensor([0.1, 0.5, 0.8])[:, None, None].expand(3, 8, 8)
    for network in ("conv", "conv-upsample", "mlp"):
        vae = build_vae(ModelConfig(network=network, hidden=(4, 4), likelihood="gaussian"), (3, 8, 8), 1 / 255)
        with torch.no_grad():
            list(vae.decoder.parameters())[-2].zero_()
        vae.start_at_mean(mean)
        torch.testing.assert_close(vae.likelihood.mean(vae.decode(torch.zeros(1, 2)))[0], mean)
