# The course in two commands: `make lab` opens it, `make test` checks it. `make` lists the rest.
# Needs git, make and Python 3.11 to 3.14; everything else goes into .venv (tools/make_env.sh).

PY := .venv/bin/python
NB ?=
ARGS ?=

.PHONY: help env lab test room course site book slides colab links wheel bundle refresh portability bench lint download doctor clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

env: ## build the environment in .venv; PYTHON=python3.13 picks the interpreter
	@PYTHON="$(PYTHON)" sh tools/make_env.sh

lab: env ## open the course in JupyterLab; ARGS=--no-browser for a server room
	@$(PY) -m mnistlab lab $(ARGS)

test: env ## run all tests: package, browser, every notebook
	@$(PY) tests/run_all.py

room: ## as env, with JupyterHub and its proxy for a class on one server (docs/room.md)
	@# Learners cannot write into .venv: not compiled here, all would compile everything, each for themselves.
	@UV_COMPILE_BYTECODE=1 PYTHON="$(PYTHON)" sh tools/make_env.sh --group room
	@NODE_USE_SYSTEM_CA=1 PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --prefix docs/jupyterhub --no-audit --no-fund

course: env ## run every notebook from top to bottom, HTML copies in build/; NB="03 04" picks
	@$(PY) -m mnistlab run $(NB)

site: env ## build the site in build/site from the stored outputs, offline
	@$(PY) tools/build_site.py

book: env ## print the site as one PDF, build/mnistlab.pdf; needs a Chromium
	@$(PY) tools/make_book.py

slides: env ## make slides of notebooks in build/slides; NB="05" picks
	@$(PY) tools/make_slides.py $(NB)

colab: env ## run the notebooks as Colab does, with its versions of packages; NB="03 04" picks
	@$(PY) tools/run_colab.py $(NB)

links: env ## follow the links to other sites, and name those that lead nowhere
	@$(PY) tools/check_links.py

wheel: env ## build the package in dist/, as wheel and sdist
	@$(PY) -m hatchling build --clean --directory dist

bundle: env ## write one zip for machines without a network; ZIP=course.zip names it
	@$(PY) tools/bundle.py -o $(or $(ZIP),course.zip)

refresh: env ## run the notebooks and store their outputs; NB="03 04" picks
	@$(PY) tools/refresh.py $(NB)

portability: env ## compare the stored outputs under other thread counts and processor types
	@$(PY) tests/portability.py

bench: env ## run the benchmarks and print their tables
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(PY) "$$file" || exit 1; done

lint: env ## check style and formatting
	@$(PY) -m ruff check && $(PY) -m ruff format --check

download: env ## fetch the full data now (12 MB), verified; kept in data/cache/
	@$(PY) -m mnistlab download

doctor: env ## say whether this machine is ready for the course
	@$(PY) -m mnistlab doctor

clean: ## remove .venv and build/ (the data in data/cache/ stays)
	rm -rf .venv build
