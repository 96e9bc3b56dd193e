"""One process or many: Lightning Fabric, and what the processes of one training do together."""

from __future__ import annotations

import atexit
import os
import warnings

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from vae_core.config import ConfigError, TrainConfig
from vae_core.runs.errors import RunError


def launch(config: TrainConfig) -> Fabric:
    """Return the Fabric of this process: alone, or one of those that torchrun started.

    Raises:
        ConfigError: a graphics card is asked for and there is none, or a batch has fewer images than there are processes.
        RunError: fewer processes joined than were asked for.
    """
    if config.device == "gpu" and not torch.cuda.is_available():
        raise ConfigError("device is gpu and PyTorch finds no graphics card; choose device auto or cpu.")
    asked = int(os.environ.get("WORLD_SIZE", 1))
    here = int(os.environ.get("LOCAL_WORLD_SIZE", asked))
    if config.batch_size < asked:
        raise ConfigError(
            "batch_size is {size} and there are {processes} processes; give each at least one image per step.",
            size=config.batch_size,
            processes=asked,
        )
    accelerator = "cuda" if config.device != "cpu" and torch.cuda.is_available() else "cpu"
    fabric = Fabric(
        accelerator=accelerator,
        devices=here,
        num_nodes=max(1, asked // here),
        strategy="ddp" if asked > 1 else "auto",
        precision="bf16-mixed" if config.precision == "bfloat16" else "32-true",
    )
    warnings.filterwarnings("ignore", message=r".*nn\.functional\.all_gather is deprecated")  # Fabric's own call
    _join_after_restart("nccl" if accelerator == "cuda" else "gloo")
    fabric.launch()
    if fabric.world_size != asked:
        raise RunError(
            "{asked} processes were asked for and {joined} joined; check the arguments of torchrun.", asked=asked, joined=fabric.world_size
        )
    if fabric.world_size > 1:
        atexit.register(_part)
    return fabric


def _part() -> None:
    """Leave the group before the interpreter ends, which else may abort over a thread of gloo after all has been stored."""
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _join_after_restart(backend: str) -> None:
    """Join the processes that torchrun started anew on this machine, under a name of their own; Fabric then finds them joined.

    torchrun keeps one store over its restarts, and there a process may find the address of a dead one before that of its successor.
    On several machines restarts are counted apart, so there TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 has to be set for torchrun.
    """
    here, attempt = os.environ, os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    if attempt == "0" or here.get("TORCHELASTIC_USE_AGENT_STORE") != "True" or here.get("GROUP_WORLD_SIZE") != "1":
        return
    if here["WORLD_SIZE"] != "1" and not torch.distributed.is_initialized():
        store, rank, world = next(rendezvous("env://"))
        torch.distributed.init_process_group(backend, store=PrefixStore(f"attempt-{attempt}", store), rank=rank, world_size=world)


def share(fabric: Fabric, count: int) -> slice:
    """Return which of `count` images of a batch are this process's; sizes differ by one at most."""
    rank, world = fabric.global_rank, fabric.world_size
    return slice(count * rank // world, count * (rank + 1) // world)


def gather(fabric: Fabric, tensor: Tensor) -> Tensor:
    """Join a tensor (B, ...) over processes in the order of the batch, differentiably; alone it is returned as it is."""
    if fabric.world_size == 1:
        return tensor
    counts = _all(fabric, torch.tensor(len(tensor), device=tensor.device)).tolist()
    padded = torch.cat([tensor, tensor.new_zeros(max(counts) - len(tensor), *tensor.shape[1:])])
    joined = _all(fabric, padded, sync_grads=True)
    return torch.cat([joined[rank][:count] for rank, count in enumerate(counts)])


def total(fabric: Fabric, tensor: Tensor, how: str = "sum") -> Tensor:
    """Return the sum (or "max") of a tensor over processes; alone it is returned as it is."""
    if fabric.world_size == 1:
        return tensor
    reduced = fabric.all_reduce(tensor.clone(), reduce_op=how)
    assert isinstance(reduced, Tensor)
    return reduced


def _all(fabric: Fabric, tensor: Tensor, sync_grads: bool = False) -> Tensor:
    gathered = fabric.all_gather(tensor, sync_grads=sync_grads)
    assert isinstance(gathered, Tensor)
    return gathered
