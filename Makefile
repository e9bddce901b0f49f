# Every target does its own set-up in .venv; nothing but Python 3.11 or newer, make and git needs to be there.

.DEFAULT_GOAL := help
.PHONY: help setup setup-lint demo test test-google-live fuzz oracle faults bench lint types imports docs readme check constraints clean

BIN := .venv/bin
# More for pytest, as in: make test ARGS="-k breaks -x"
ARGS ?=
PROCESSES ?= 2
# How many times as much as the default suite `make oracle` tries
TIMES ?= 10
# Every how manieth request of a night `make faults` lets go wrong
EVERY ?= 1

help: ## This list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf '  make %-16s %s\n' "$$name" "$$what"; done

setup: ## Make .venv ready (every other target does this first)
	@sh scripts/setup.sh test

setup-lint:
	@sh scripts/setup.sh lint

demo: setup ## See the main job on calendars that come with it; writes to a temporary place only
	@$(BIN)/session-breaks demo

test: setup ## All tests
	@$(BIN)/python -m pytest -q -n $(PROCESSES) --dist loadscope $(ARGS)

test-google-live: setup ## The contract of calendars on a Google account of your own (GOOGLE_LIVE_TOKEN; CONTRIBUTING.md)
	@$(BIN)/python -m pytest -q tests/google/live.py $(ARGS)

fuzz: setup ## The readers of calendars, replies and rule files on many more broken inputs (TIMES=10: ten times the default suite's)
	@FUZZ=$(TIMES) $(BIN)/python -m pytest -q -n $(PROCESSES) tests/hostile/test_fuzz.py tests/hostile/test_fuzz_shapes.py \
		tests/hostile/test_rule_files.py::test_a_pattern_that_is_taken_says_of_every_title_what_python_says \
		tests/rules/test_loading_properties.py $(ARGS)

oracle: setup ## The planner against the oracle on many more instances (TIMES=10: ten times the default suite's)
	@ORACLE=$(TIMES) $(BIN)/python -m pytest -q -n $(PROCESSES) tests/oracle $(ARGS)

faults: setup ## Nights in which every request, write and disk fails, on every server, and a proof that these tests can fail; some twenty minutes
	@FAULTS=$(EVERY) $(BIN)/python -m pytest -q -n $(PROCESSES) --dist worksteal tests/faults tests/faults/these_can_fail.py $(ARGS)

bench: setup ## Speed and memory, as ratios of one run (docs/benchmarks.md)
	@$(BIN)/python scripts/bench.py

lint: setup-lint ## ruff: rules and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

types: setup-lint ## mypy, strict, on all three packages
	@$(BIN)/mypy --no-error-summary -p rules -p connectors -p scheduler

imports: setup-lint ## The direction of imports: scheduler, connectors, rules
	@$(BIN)/lint-imports --no-logo

docs: setup ## Links, commands and make targets that the documents name; README's output is what the commands print
	@$(BIN)/python scripts/check_docs.py
	@$(BIN)/python scripts/readme.py --check

readme: setup ## Run the commands that README.md shows and write their output into it
	@$(BIN)/python scripts/readme.py

check: lint types imports docs test ## Everything that CI checks

constraints: ## Choose all versions anew and write constraints.txt (needs Python 3.11)
	@sh scripts/constraints.sh

clean: ## Remove .venv and every cache
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
