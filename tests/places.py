"""Where things lie in this checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
APP = ROOT / "dashboard" / "app.py"
SHIPPED = ROOT / "checkpoints"
