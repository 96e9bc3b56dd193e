"""Dense layers whose matrix products oneDNN takes where its kernels are wider than those of MKL, which torch asks by default.

On a processor with AVX-512 that is not Intel's, MKL keeps to AVX2, and oneDNN needs half its time (docs/experiments.md). The rule knows the
processor and the sizes alone, so that a seed gives the same bytes with every training on a machine.
"""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

LEAST = 1 << 20  # multiply-adds of a product from which on oneDNN's longer way to it pays


class DenseLayer(nn.Linear):
    """x W^T + b, as nn.Linear has it; sums are taken in another order where oneDNN takes the products."""

    def forward(self, input: Tensor) -> Tensor:
        """Return (..., outputs) for (..., inputs)."""
        if self._is_for_onednn(input):
            return _Products.apply(input, self.weight, self.bias)
        return super().forward(input)

    def _is_for_onednn(self, x: Tensor) -> bool:
        return (
            x.dim() == 2
            and len(x) * self.weight.numel() >= LEAST
            and x.device.type == "cpu"
            and x.dtype == self.weight.dtype == torch.float32
            and not torch.is_autocast_enabled("cpu")
            and has_wider_kernels()
        )


@cache
def has_wider_kernels() -> bool:
    """Return whether oneDNN multiplies with AVX-512 where MKL does not."""
    is_wide = torch.backends.mkldnn.is_available() and torch.backends.cpu.get_cpu_capability() == "AVX512"
    return is_wide and hasattr(torch.ops.mkldnn, "_linear_pointwise") and not _is_from_intel()


def _is_from_intel() -> bool:
    """Tell whether Intel made the processor; on Linux the kernel says so, elsewhere Python."""
    told = Path("/proc/cpuinfo")
    return "GenuineIntel" in (told.read_text() if told.exists() else platform.processor())


def product(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return a b^T (+ bias), (n, m), for a (n, k) and b (m, k), by oneDNN, without a gradient."""
    made: Tensor = torch.ops.mkldnn._linear_pointwise(a, b, bias, "none", [], "")
    return made


def product_to_weight(gradient: Tensor, x: Tensor) -> Tensor:
    """Return gradient^T x, (outputs, inputs), by the way that turns round fewer numbers: oneDNN wants its first factor row by row."""
    rows, outputs, inputs = len(x), gradient.shape[1], x.shape[1]
    if rows * inputs + outputs * inputs < rows * outputs:
        return product(x.t(), gradient.t()).t().contiguous()
    return product(gradient.t(), x.t())


class _Products(torch.autograd.Function):
    """The three products of a dense layer: forward, to the inputs, and to the weights."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return product(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        to_x, to_weight, to_bias = ctx.needs_input_grad
        return (
            product(gradient, weight.t()) if to_x else None,
            product_to_weight(gradient, x) if to_weight else None,
            gradient.sum(0) if to_bias else None,
        )
