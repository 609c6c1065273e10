# People and CI call the same targets. Each makes .venv first, where it is not up to date.

PYTHON := .venv/bin/python
BACKBONE ?= vgg19_original
export WEIGHTS_DIR ?= $(wildcard ../shared/weights)

WEIGHTS = $(if $(WEIGHTS_DIR),ATELIER_ENGINE__WEIGHTS_DIR="$(WEIGHTS_DIR)")

.DEFAULT_GOAL := help
.PHONY: help demo test check bench setup clean

help:
	@echo 'make demo    play a scene in a simulated Discord; ends with pictures in demo/'
	@echo '             CONTENT=photo.jpg STYLE=painting.jpg SIZE=384 to choose'
	@echo 'make test    pass the tests; ARGS="-k queue" to choose'
	@echo 'make check   ruff, mypy --strict and the import contracts'
	@echo 'make bench   measure speed and quality'
	@echo 'make clean   remove .venv, caches, demo/ and bench/'
	@echo 'WEIGHTS_DIR names a folder with weights such as squeezenet1_0.safetensors.'

demo: setup
	@$(WEIGHTS) .venv/bin/atelier demo \
		$(if $(CONTENT),--content "$(CONTENT)") $(if $(STYLE),--style "$(STYLE)") \
		$(if $(SIZE),--size "$(SIZE)")

test: setup
	@$(PYTHON) -m pytest $(ARGS)

check: setup
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

bench: setup
	@$(WEIGHTS) $(PYTHON) -m benchmarks.step
	@$(WEIGHTS) $(PYTHON) -m benchmarks.quality --contents samples/photos --styles samples/styles/flow.jpg \
		samples/styles/waves.jpg --size 256 --backbone $(BACKBONE)

setup:
	@scripts/setup

clean:
	rm -rf .venv demo bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
