# make serve · make test · make site · make bench · make bench-tabular · make audit · make hostile · make demo ENTRY=attention
# Everything is installed into .venv on first use and again whenever pyproject.toml changes.

PYTHON ?= python3
PORT   ?= 8000
ENTRY  ?= attention
ENGINE ?= mkdocs
BUDGET ?= quick
# Where to look for PyTorch's CPU build, as pip options; see the README.
TORCH  ?=

VENV := .venv
BIN  := $(VENV)/bin
STUDY := $(BIN)/study
# Two test workers share the cores, so each computes on one.
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: serve site test lint bench bench-tabular audit hostile demo clean
.DEFAULT_GOAL := serve

serve: $(VENV)/.ready-docs ## build the site and serve it
	$(STUDY) serve --port $(PORT)

site: $(VENV)/.ready-docs ## only build the site, into site/
	$(STUDY) build --engine $(ENGINE)

demo: $(VENV)/.ready-docs ## run one entry's demo
	$(STUDY) demo $(ENTRY) --budget $(BUDGET)

test: $(VENV)/.ready-dev lint ## everything that CI runs
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist worksteal --doctest-modules tests foundations implementations papers study

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(VENV)/.ready-dev ## ours against what you would use instead
	$(BIN)/python -m benchmarks

bench-tabular: $(VENV)/.ready-dev ## boosted trees against XGBoost and scikit-learn; a quarter of an hour
	$(BIN)/python -m benchmarks.tabular

audit: $(VENV)/.ready-dev ## every page, both engines, both themes, two widths: does anything keep readers out; half an hour
	$(BIN)/python -m tests.audit

hostile: $(VENV)/.ready-dev ## the decompositions on 2,000 hostile matrices of up to 60 rows; minutes
	$(ONE_THREAD) $(BIN)/python -m tests.hostile

clean: ## forget what was built; keep the environment
	rm -rf site build dist .pytest_cache .ruff_cache .hypothesis
	find pages -mindepth 1 ! -name .gitignore -delete

$(VENV)/.ready-docs: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[docs]"
	touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH) torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@ $(VENV)/.ready-docs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ML Foundations needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
