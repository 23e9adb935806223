# Two commands are all the set-up: `make demo` and `make test`. Python 3.11 or newer and make must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test install simulate docs site clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed ## Make the environment .venv and install voc into it, without torch

$(VENV)/.installed: requirements/base.txt pyproject.toml
	@echo "Installing into $(VENV) (about 1.2 GB, no torch) ..."
	@$(PYTHON) -c 'import sys; sys.exit("voc needs Python 3.11 or newer; this is " + sys.version) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-deps -r requirements/base.txt hatchling==1.33.0 editables==0.6 pathspec==1.1.1 trove-classifiers==2026.9.21.13
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

demo: install ## Make the sample company, run the pipeline, print the ten costliest topics
	@$(BIN)/voc sample demo
	@$(BIN)/voc run demo/sample.yml
	@$(BIN)/voc brief demo/sample.db

$(VENV)/.tested: $(VENV)/.installed requirements/test.txt requirements/docs.txt requirements/datasette-alpha.txt
	@$(PIP) install --no-deps -r requirements/test.txt -r requirements/docs.txt
	@$(PIP) install --no-deps --upgrade --target $(VENV)/alpha -r requirements/datasette-alpha.txt
	@touch $@

test: $(VENV)/.tested ## Run every quick test
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m pytest -n 2 --dist loadscope
	@echo "Once more what concerns Datasette, with its newest alpha:"
	@PYTHONPATH=$(VENV)/alpha $(BIN)/python -m pytest -n 2 --dist loadscope tests/test_browse.py tests/test_browse_pages.py tests/test_browse_csv.py tests/browser

simulate: $(VENV)/.tested ## Run the long simulations
	@$(BIN)/python -m pytest tests/simulation -m simulation

docs: $(VENV)/.installed ## Write the generated pages again
	@$(BIN)/python -m voc.docs docs

site: $(VENV)/.tested docs ## Build the documentation as a site in site/
	@$(BIN)/python -m sphinx -W --keep-going -q docs site
	@echo "site/index.html"

clean: ## Remove the environment and the demo
	@rm -rf $(VENV) demo site
