"""The parts of the page Inspect: one module per part, each a function show(run, result)."""
