# Works with GNU Make 3.81 (macOS) and newer. Everything is installed into .venv, nothing outside it.
PYTHON ?= python3
IN_VENV := .venv/bin/python
INSTALL := $(IN_VENV) -m pip install --no-input --disable-pip-version-check
WITH_NODE := PATH="$(CURDIR)/.venv/bin:$$PATH"
ARGS ?=

.PHONY: help run test checks types style train engine clean

help:
	@echo "make run    open the dashboard on the shipped runs (the first time: some minutes of installation)"
	@echo "make train  train a model on scikit-learn's digits; settings with ARGS=\"--seed 1 --out checkpoints/mine\""
	@echo "make test   check style and types, then run every test, in a browser too"
	@echo "make engine compile the kernels that decode in the browser, after a change of kernels.c"
	@echo "make clean  remove .venv, node_modules and caches; runs stay"

run: .venv/installed
	@$(IN_VENV) -m streamlit run dashboard/app.py

train: .venv/installed
	@$(IN_VENV) -m vae_core train --preset digits-2d $(ARGS)

# mypy takes longest, so that all else is checked beside it.
checks: .venv/installed-dev node_modules/.installed
	@$(MAKE) --no-print-directory -j 2 types style

types:
	@$(IN_VENV) -m mypy

style:
	@$(IN_VENV) -m ruff check .
	@$(IN_VENV) -m ruff format --check .
	@if test -e node_modules/.installed; then \
		$(WITH_NODE) node_modules/.bin/biome ci && $(WITH_NODE) node_modules/.bin/tsc -p dashboard/components/tsconfig.json; \
		else echo "The browser's modules go unchecked for style and types: npm could not install Biome and TypeScript."; fi

# Tests run side by side, one thread each, the long ones in a browser first; those that watch the clock then have the machine
# for themselves. Compiled modules are kept whatever the user's settings, since all that a test starts would compile them anew.
# 5: nothing fits ARGS.
test: checks
	@browser="$$($(IN_VENV) tests/browser/find_browser.py --install)" && export LATENT_LENS_BROWSER="$$browser" PYTHONDONTWRITEBYTECODE= && \
		{ OMP_NUM_THREADS=1 $(IN_VENV) -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not quiet" $(ARGS) || test $$? = 5; } && \
		{ $(IN_VENV) -m pytest -m quiet $(or $(ARGS),tests/browser) || test $$? = 5; }

# The browser's kernels; the result is committed.
engine: .venv/installed-dev
	@$(IN_VENV) -m tests.js.compiling

clean:
	rm -rf .venv node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find dashboard tests vae_core -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say that everything in the file is installed; a changed file or an interrupted installation installs again.
.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Latent Lens needs Python 3.11 or newer, but '$(PYTHON)' is not; name another one, for example: make run PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing what Latent Lens needs into .venv (some minutes, once)"
	@$(IN_VENV) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

# What sees to the browser's modules. Where npm reaches nothing, the tests run without it.
node_modules/.installed: package-lock.json .venv/installed-dev
	@if $(WITH_NODE) .venv/bin/npm ci --no-audit --no-fund --ignore-scripts --fetch-retries=0 --loglevel=silent 2>/dev/null; then touch $@; fi
