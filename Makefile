# `make demo` and `make test` are all a new machine needs; the rest are their parts.
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest

.PHONY: setup ramos images demo test test-quick test-slow fuzz lint bench lock

setup:
	@setup/install

ramos: setup
	@ramos/build

images: setup
	@images/build tiny debian-12

demo: setup ramos
	@images/build debian-12
	@$(PYTHON) -m virtualrack.demo $(if $(ONCE),--once)

test: setup ramos
	@images/build tiny
	@$(PYTEST) -n 2 -m "not rack and not fleet and not slow" tests
	@$(PYTEST) -m "fleet and not slow" tests
	@$(PYTEST) -m "rack and not slow" tests

test-quick: setup
	@$(PYTEST) -n 2 -m "not rack and not fleet and not slow" tests

# Looks for a history that breaks the gate: HISTORIES made up by chance, each other than the last time.
fuzz: setup
	@RACKWRIGHT_HISTORIES=$(or $(HISTORIES),10000) $(PYTEST) -n 2 tests/gate/test_histories.py

test-slow: setup ramos images
	@$(PYTEST) -m slow tests

lint: setup
	@$(PYTEST) -q tests/rules

bench: setup
	@$(PYTHON) -m bench

# After a change of the dependencies in pyproject.toml; needs the uv program.
lock:
	uv pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes --no-header -o requirements.lock
