"""What happens to a run when things go wrong, tried for real: `python -m tests.reliability` measures and writes README's table."""
