"""The speed of this machine, found from the seconds of a few steps."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from tests.vae_core.jobs.helpers import MACHINE
from vae_core.config import ModelConfig
from vae_core.jobs import cost_estimate, warmup


def test_the_machine_is_found_from_the_seconds_of_its_steps() -> None:
    seconds = {}
    for name, (network, hidden, batch, side) in warmup.REFERENCES.items():
        pair = cost_estimate.count(ModelConfig(network=network, hidden=hidden), (side, side))
        seconds[name] = cost_estimate.step_seconds(pair, side * side, batch, 1, MACHINE)
    found = warmup.solve(seconds)
    assert (found.fixed, found.dense, found.conv) == pytest.approx((MACHINE.fixed, MACHINE.dense, MACHINE.conv))
    assert found.base > 10**8


def test_a_disturbed_measurement_gives_no_negative_speed() -> None:
    found = warmup.solve({"fixed": 0.5, "dense": 0.01, "conv": 0.01})
    assert min(found.fixed, found.dense, found.conv) > 0


def test_the_machine_is_measured_and_read_back() -> None:
    measured = warmup.measure_machine(lambda: False)
    machine = cost_estimate.machine_of(json.loads(json.dumps(measured)))
    assert machine is not None and asdict(machine) == measured
    assert warmup.measure_machine(lambda: True) == {}
    for wrong in ({}, {"fixed": 1}, {**measured, "dense": 0}, {**measured, "more": 1}):
        assert cost_estimate.machine_of(wrong) is None
