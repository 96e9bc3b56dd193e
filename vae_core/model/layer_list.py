"""The layers of a network as the browser runs them; they stand in the metadata of model.safetensors."""

from __future__ import annotations

from typing import Any

from torch import nn

from vae_core.model.networks import Centre, Encoder, Residual, Upsample


def describe(network: nn.Module, name: str) -> list[dict[str, Any]]:
    """Return the layers in order, as the browser runs them: [{"op", "name" of the tensors, numbers, "layers" of a residual block}].

    Args:
        network: an encoder or decoder made here.
        name: the prefix of its tensors in the file of weights.

    Raises:
        TypeError: a layer that has no description yet.
    """
    described = [layer for key, child in network.named_children() for layer in _layers(child, f"{name}.{key}")]
    if isinstance(network, Encoder) and network.log_var is not None:
        described.append({"op": "append", "name": f"{name}.log_var"})
    return described


def _layers(module: nn.Module, name: str) -> list[dict[str, Any]]:
    if isinstance(module, Residual):
        return [{"op": "residual", "layers": describe(module, name)}]
    return describe(module, name) if list(module.children()) else [_layer(module, name)]


def _layer(module: nn.Module, name: str) -> dict[str, Any]:
    match module:
        case Centre():
            return {"op": "subtract", "name": f"{name}.pixel_mean"}
        case nn.Linear():
            return {"op": "dense", "name": name}
        case nn.GELU(approximate="tanh"):
            return {"op": "gelu"}
        case nn.ReLU():
            return {"op": "relu"}
        case nn.Flatten():
            return {"op": "flatten"}
        case nn.Unflatten():
            return {"op": "reshape", "shape": list(module.unflattened_size)}
        case Upsample():
            return {"op": "upsample", "sides": list(module.sides)}
        case nn.Conv2d():
            return {"op": "conv", "name": name, "stride": module.stride[0], "padding": int(module.padding[0])}
        case nn.ConvTranspose2d():
            numbers = {"stride": module.stride[0], "padding": int(module.padding[0]), "output_padding": list(module.output_padding)}
            return {"op": "conv_transpose", "name": name, **numbers}
    raise TypeError(f"{type(module).__name__} has no description for the browser; add it to layer_list.")
