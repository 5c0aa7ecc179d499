# `make` lists the targets. None needs a step before it: each creates .venv itself, and installs
# requirements.txt into it again only when that file has changed.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/requirements-installed

# `make test XSOAR_MODULES=<folder>` runs the suite on the platform's own modules instead of ours.
export XSOAR_MODULES
# Images of containers set it: then every process compiles what it imports, and pytest rewrites every test.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPATH := $(CURDIR)/Utils:$(CURDIR)/Tests/campaigns:$(CURDIR)/Tests

.DEFAULT_GOAL := help
.PHONY: help setup demo war-room playbook job test matrix genuine soak bench profile proof real-clients pack validate docs pictures lint format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## Install everything into .venv, the program .venv/bin/absolute too; every other target does that first
	@echo "Ready. In each terminal: . .venv/bin/activate, then: absolute --help"

demo: $(READY) ## Play a case on the local tenant: find, locate, freeze and release a stolen laptop; then one by playbook
	@$(BIN)/python -m command_line demo $(ARGS)

war-room: $(READY) ## absolute war-room, a prompt for commands of the pack; its options in ARGS
	@$(BIN)/python -m command_line war-room $(ARGS)

playbook: $(READY) ## absolute playbook: NAME="Absolute - Freeze Devices" ARGS="Serial_number=SN000114"
	@$(BIN)/python -m command_line playbook $(if $(NAME),"$(NAME)") $(ARGS)

job: $(READY) ## absolute job, a scheduled fetch; ARGS="--fetch incidents --every 1m"
	@$(BIN)/python -m command_line job $(ARGS)

test: $(READY) ## Run every test and the SDK gate, tell the coverage; ARGS='-k freeze' narrows, XSOAR_MODULES=<folder> swaps the modules
	@$(BIN)/python -m pytest --numprocesses=auto $(ARGS)

matrix: $(READY) ## Run the tests on every version of Python that is named and there, with our modules and the genuine ones
	@$(BIN)/nox $(ARGS)

genuine: $(READY) ## Bring the platform's own modules into .cache/genuine; tests and programs then run with them
	@$(BIN)/python -m local_xsoar.genuine

soak: $(READY) ## Ten minutes of a fetch job that is killed at random, under every fault; ARGS="--minutes 1" for less
	@$(BIN)/python -m soak $(ARGS)

bench: $(READY) ## Measure time, memory and calls beside a baseline; writes docs/measured.md
	@$(BIN)/python -m bench $(ARGS)

profile: $(READY) ## Show where the time of a command goes; ARGS="'!absolute-device-list limit=5'"
	@$(BIN)/python -m bench profile $(ARGS)

proof: $(READY) ## Attempt to prove the promises wrong; writes docs/proof.md. ARGS=mutation for one attempt
	@$(BIN)/python -m proof $(ARGS)

real-clients: $(READY) ## Run public clients of the API on the local tenant; ARGS names what you bring, nothing is fetched
	@$(BIN)/python -m real_clients $(ARGS)

pack: $(READY) ## Validate the pack, then build the zips for upload in dist, those of the side-by-side edition too
	@$(BIN)/python -m sdk_gate pack

validate: $(READY) ## Run demisto-sdk validate, the XSOAR linter, the secrets scan and the checks of XQL and allowed values
	@$(BIN)/python -m sdk_gate validate

docs: $(READY) ## Write what is made of manifest and catalogue: reference with examples that are run, tables, test playbook
	@$(BIN)/python -m sdk_gate docs && $(BIN)/python -m playbook_pictures layout Packs/Absolute/TestPlaybooks/playbook-Absolute_Test.yml

pictures: $(READY) ## Lay out the playbooks, draw them, and bring README.md's pictures and figures up to date
	@$(BIN)/python -m playbook_pictures layout && $(BIN)/python -m playbook_pictures draw && $(BIN)/python -m papers

lint: $(READY) ## ruff (rules and format), mypy, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## Let ruff put the code into its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

clean: ## Remove everything that the targets created
	rm -rf .venv .cache .hypothesis dist Utils/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("Python 3.11, 3.12 or 3.13 is needed, this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	@echo "Installing requirements.txt into .venv (once; a minute or two)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
