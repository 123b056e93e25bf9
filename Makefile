# The verbs of this project. Each sets up what it needs; afterwards only sdk-matrix, examples, servers, lock and the
# recording of hosted servers need the network.
#
#   make test          every test, offline
#   make conformance   the suite over every backend, and the matrix (TARGET=… SCENARIO=… to narrow;
#                      SHARD=2/5 RESULTS=file for one machine of five)
#   make combine       the results of the shards as one (FILES='…' RESULTS=file); a missing shard is an error
#   make report        the suite over every backend, and report/index.html (TARGET=… SCENARIO=…)
#   make record        record again from the engine and every hosted server whose key is set
#                      (TARGET=… SCENARIO=… DRY_RUN=1 MAX_COST=dollars)
#   make drift         what changed since it was recorded (TARGET=… SCENARIO=… MARKDOWN=file); changes no recording
#   make audit         look for secrets, orphans and what no longer replays among the recordings
#   make accept        accept what the backends decode now from the recordings there are
#   make engine        train the engine's model again from the dialogue
#   make docs          write the generated pages, docs/scenarios.md, routes.md and server-laws.md, and README's numbers
#   make picture       the suite over every backend, and docs/report.png, its page as chromium draws it
#   make mutants       every mutant of a backend, and the scenarios that kill it (BACKEND=… ONLY=…)
#   make source-mutants
#                      changes of provider/ in one place, and which of them no scenario finds
#                      (PLACES='file folder file:line' TARGET=… SCENARIO=… SAMPLE=number SEED=number)
#   make torture      hostile backends, files and servers, and how many of them the suite survives (ONLY=…)
#   make bench         what backends and suite cost, as ratios measured in one run
#   make sdk-matrix    what each of several litellm and openai versions breaks, in environments of their own
#   make servers       servers of others, judged side by side, and servers-report/index.html
#   make examples      the suite over every folder of examples/, examples-report/index.html, and the numbers of the
#                      libraries in README and docs/findings.md
#   make lint          ruff, ruff format, mypy strict
#   make lock          resolve the locked requirements again

PYTHON ?= python3
BIN := .venv/bin
TRAIN_BIN := .venv-train/bin
WORKERS ?= auto
# Some images forbid Python to keep what it has compiled: every process of a run would compile the suite again.
export PYTHONDONTWRITEBYTECODE :=
COST := $(if $(MAX_COST),--max-cost '$(MAX_COST)')
CHOSEN := $(if $(TARGET),--target '$(TARGET)') $(if $(SCENARIO),--scenario '$(SCENARIO)')

.PHONY: test conformance combine report record drift audit accept engine docs picture mutants source-mutants sabotage torture bench sdk-matrix examples servers lint format lock
.DELETE_ON_ERROR:

test: .venv/ready
	$(BIN)/python -m pytest -q -n $(WORKERS)

conformance: .venv/ready
	$(BIN)/python -m conformance check -n $(WORKERS) $(CHOSEN) $(if $(SHARD),--shard '$(SHARD)') $(if $(RESULTS),--results '$(RESULTS)')

combine: .venv/ready
	$(BIN)/python -m conformance combine $(FILES) -o '$(or $(RESULTS),$(error set RESULTS=file, the file for the combined results))'

report: .venv/ready
	$(BIN)/python -m conformance report -n $(WORKERS) $(CHOSEN)

record: .venv/ready
	$(BIN)/python -m conformance record $(CHOSEN) $(if $(DRY_RUN),--dry-run) $(COST)

drift: .venv/ready
	$(BIN)/python -m conformance drift $(CHOSEN) $(COST) $(if $(MARKDOWN),--markdown '$(MARKDOWN)')

audit: .venv/ready
	$(BIN)/python -m conformance audit

accept: .venv/ready
	$(BIN)/python -m pytest -q --only-recorded --snapshot-update conformance/scenarios

engine: .venv-train/ready
	$(TRAIN_BIN)/python -m conformance.servers.engine.train

docs: .venv/ready
	$(BIN)/python -m conformance docs

picture: report
	chromium --headless --no-sandbox --hide-scrollbars --window-size=1440,1060 --screenshot=docs/report.png 'file://$(CURDIR)/report/index.html'

mutants: .venv/ready
	$(BIN)/python -m conformance mutants $(if $(BACKEND),--backend '$(BACKEND)') $(if $(ONLY),--only '$(ONLY)')

source-mutants: .venv/ready
	$(BIN)/python -m conformance source-mutants $(PLACES) $(CHOSEN) $(if $(SAMPLE),--sample '$(SAMPLE)') $(if $(SEED),--seed '$(SEED)')

sabotage:
	@echo "warning: 'make sabotage' is now called 'make mutants'" >&2
	@$(MAKE) --no-print-directory mutants

torture: .venv/ready
	$(BIN)/python -m conformance torture $(if $(ONLY),--only '$(ONLY)')

bench: .venv/ready
	$(BIN)/python -m bench

# Each environment needs a package registry, or what uv has in its cache of an earlier run.
sdk-matrix: .venv/ready
	$(BIN)/nox -s sdks versions

examples: .venv/ready
	$(BIN)/nox -s examples examples_page

servers: .venv/ready
	$(BIN)/nox -s servers servers_page

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# uv resolves for every Python and platform at once, and its output names no registry.
lock: .venv/ready
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header -o requirements/dev.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra engine --extra train --universal --python-version 3.11 --generate-hashes --no-header -o requirements/train.txt

# uv installs in a third of the time. pip gets uv, by its hash too, and goes on where only pip is told of an index.
PIP_ARGUMENTS := --disable-pip-version-check --require-hashes
.venv/ready: requirements/dev.txt
.venv-train/ready: requirements/train.txt
.venv/ready .venv-train/ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": run make PYTHON=/path/to/another")'
	@echo "setting up $(@D) from $< (half a minute, once)"
	@$(PYTHON) -m venv --clear $(@D)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements/dev.txt > $(@D)/uv.txt
	@$(@D)/bin/python -m pip install --quiet $(PIP_ARGUMENTS) -r $(@D)/uv.txt
	@$(@D)/bin/uv pip install --python $(@D) --require-hashes --compile-bytecode -r $< \
		|| $(@D)/bin/python -m pip install $(PIP_ARGUMENTS) -r $<
	@touch $@
