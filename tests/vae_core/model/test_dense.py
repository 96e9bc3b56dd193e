"""Dense layers by way of oneDNN: the numbers of nn.Linear, the gradients too, and that way for what it is meant for alone."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from vae_core.model import dense
from vae_core.model.dense import DenseLayer

needs_onednn = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch was built without oneDNN")


@pytest.fixture(autouse=True)
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the way whatever the processor, and for products of any size."""
    monkeypatch.setattr(dense, "has_wider_kernels", lambda: True)
    monkeypatch.setattr(dense, "LEAST", 1)


def results(layer: nn.Linear, x: Tensor, gradient: Tensor) -> list[Tensor]:
    """Return the output and the gradients to input, weight and bias."""
    x = x.clone().requires_grad_()
    out = layer(x)
    return [out, *torch.autograd.grad(out, [x, layer.weight, layer.bias], gradient)]


@needs_onednn
@pytest.mark.parametrize(("rows", "inputs", "outputs"), [(128, 784, 400), (128, 20, 400), (1, 7, 3), (300, 33, 1), (96, 400, 40)])
def test_numbers_and_gradients_are_those_of_double_precision(rows: int, inputs: int, outputs: int) -> None:
    torch.manual_seed(rows)
    layer, x, gradient = DenseLayer(inputs, outputs), torch.randn(rows, inputs), torch.randn(outputs, rows).t()
    exact = results(copy.deepcopy(layer).double(), x.double(), gradient.double())
    found = results(layer, x, gradient)
    assert type(found[0].grad_fn).__name__ == "_ProductsBackward"
    for got, wanted in zip(found, exact, strict=True):
        assert got.is_contiguous()
        assert (got - wanted).abs().max() <= 2e-6 * wanted.abs().max()
    assert all(torch.equal(*pair) for pair in zip(found, results(layer, x, gradient), strict=True))
    with torch.no_grad():
        assert torch.equal(layer(x), found[0])


@needs_onednn
def test_what_does_not_ask_for_a_gradient_gets_none() -> None:
    layer = DenseLayer(5, 4).requires_grad_(False)
    x = torch.randn(3, 5, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad is not None
    assert layer.weight.grad is None


def test_other_numbers_go_the_usual_way() -> None:
    layer, x = DenseLayer(5, 4), torch.randn(3, 5)
    for one, given in ((layer, x.expand(2, 3, 5)), (copy.deepcopy(layer).double(), x.double())):
        assert torch.equal(one(given), nn.functional.linear(given, one.weight, one.bias))
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(x).dtype == torch.bfloat16


def test_so_do_small_products_and_other_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, x = DenseLayer(5, 4), torch.randn(3, 5)
    for name, value in (("LEAST", 3 * 5 * 4 + 1), ("has_wider_kernels", lambda: False)):
        with monkeypatch.context() as patch:
            patch.setattr(dense, name, value)
            assert type(layer(x).grad_fn).__name__ == "AddmmBackward0"
