# People and CI call the same targets. Each makes .venv first, where it is not up to date.

PYTHON := .venv/bin/python
JOBS ?= 1000
FILES ?= 10000
export WEIGHTS_DIR ?= $(wildcard ../shared/weights)

# How many is up to tests/conftest.py. ARGS="-n 0" runs them one by one.
SIDE_BY_SIDE = -n auto --dist worksteal

WEIGHTS = $(if $(WEIGHTS_DIR),ATELIER_ENGINE__WEIGHTS_DIR="$(WEIGHTS_DIR)")

.DEFAULT_GOAL := help
.PHONY: help sandbox demo test check chaos bench gpu fuzz tuning setup clean

help:
	@echo 'make sandbox play with the bot in a browser page, without an account'
	@echo 'make demo    play a scene in a simulated Discord; ends with pictures in demo/'
	@echo '             CONTENT=photo.jpg STYLE=painting.jpg SIZE=384 to choose'
	@echo 'make test    pass the tests; ARGS="-k queue" to choose'
	@echo 'make check   ruff, mypy --strict and the import contracts'
	@echo 'make chaos   kill every part while jobs run; JOBS=1000 SEED=7 to choose'
	@echo 'make fuzz    open bad pictures; FILES=10000 SEED=7 to choose'
	@echo 'make bench   measure speed and quality; goes on where it was ended;'
	@echo '             BACKBONE=squeezenet1_0 SIZE=256 to choose'
	@echo 'make gpu     on a machine with a GPU: its tests, then its tables of speed;'
	@echo '             ARGS="--backbone squeezenet1_0" to choose'
	@echo 'make tuning  paint the pictures of docs/tuning.md and docs/controls.md'
	@echo 'make clean   remove .venv, caches, demo/ and bench/'
	@echo 'WEIGHTS_DIR names a folder with weights such as squeezenet1_0.safetensors.'

sandbox: setup
	@$(WEIGHTS) .venv/bin/atelier sandbox $(if $(PORT),--port "$(PORT)")

demo: setup
	@$(WEIGHTS) .venv/bin/atelier demo \
		$(if $(CONTENT),--content "$(CONTENT)") $(if $(STYLE),--style "$(STYLE)") \
		$(if $(SIZE),--size "$(SIZE)")

test: setup
	@scripts/setup browser
	@$(PYTHON) -m pytest $(SIDE_BY_SIDE) $(ARGS)

check: setup
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

chaos: setup
	@$(PYTHON) -m tests.chaos --jobs $(JOBS) $(if $(SEED),--seed $(SEED))

fuzz: setup
	@FILES=$(FILES) $(if $(SEED),SEED=$(SEED)) $(PYTHON) -m pytest tests/pictures/test_fuzz.py

bench: setup
	@$(WEIGHTS) $(PYTHON) -m benchmarks.step
	@$(WEIGHTS) $(PYTHON) -m benchmarks.batching
	@$(WEIGHTS) $(PYTHON) -m benchmarks.memory
	@$(WEIGHTS) $(PYTHON) -m benchmarks.estimates
	@$(WEIGHTS) $(PYTHON) -m benchmarks.overhead
	@if $(PYTHON) -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then \
		$(WEIGHTS) $(PYTHON) -m benchmarks.gpu; fi
	@$(WEIGHTS) $(PYTHON) -m benchmarks.quality $(if $(BACKBONE),--painter $(BACKBONE)) \
		$(if $(SIZE),--size "$(SIZE)")

# One by one, since the tests would compile the same kernels side by side.
gpu: setup
	@$(PYTHON) -m pytest -n 0 tests/engine/test_gpu.py tests/engine/test_runner.py tests/engine/kernels
	@$(WEIGHTS) $(PYTHON) -m benchmarks.gpu $(ARGS)

tuning: setup
	@$(WEIGHTS) $(PYTHON) -m benchmarks.tuning
	@$(WEIGHTS) $(PYTHON) -m benchmarks.controls

setup:
	@scripts/setup

clean:
	rm -rf .venv demo bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
