# Two commands matter: `make book` and `make test`. Both need only python3 (with venv), pip and make.
PYTHON ?= python3
PRESET ?= book
CORES  ?= all
BIN    := .venv/bin
PY     := $(BIN)/python
READY  := .venv/.ready

.PHONY: book test check smoke bench serve lab test-cluster install clean
.DEFAULT_GOAL := book

book: $(READY)           ## run every notebook and build _build/html
	$(PY) -m reflop book --preset $(PRESET) --cores $(CORES)

test: $(READY)           ## the whole test suite
	$(PY) -m pytest -n 2 --dist loadgroup

check: $(READY)          ## format, lint, types, links, stripped notebooks
	$(BIN)/ruff format --check src tests workflow book/_ext
	$(BIN)/ruff check src tests workflow book/_ext
	$(PY) -m mypy src
	$(PY) -m pytest -q -p no:cacheprovider tests/repository tests/contract/test_notebooks.py

smoke: $(READY)          ## every notebook at its smallest setting, and the strict build of the book
	$(PY) -m reflop book --preset smoke --cores $(CORES)

bench: $(READY)          ## interleaved side-by-side measurements against named peers
	$(PY) -m reflop bench

serve: book              ## read the book at http://127.0.0.1:8000
	$(PY) -m http.server --bind 127.0.0.1 --directory _build/html 8000

lab: $(READY)            ## explore the notebooks
	$(PY) -m jupyterlab notebooks

test-cluster: $(READY)   ## the tests that need a scheduler (they skip where it is absent)
	$(PY) -m pytest -m cluster tests

install: $(READY)

# The stamp is newer than everything that decides what is installed; a change of any refreshes the environment.
# uv installs the set in well under a minute; where it cannot be had, pip does the same more slowly.
$(READY): pyproject.toml constraints.txt
	@test -x $(PY) || { echo "reflop: creating .venv"; $(PYTHON) -m venv .venv; }
	@echo "reflop: installing the packages (about 7 GB on disk; under a minute with uv, several with pip)"
	@$(PY) -m pip install --quiet --disable-pip-version-check uv || echo "reflop: no uv, going on with pip"
	@if $(PY) -m uv --version >/dev/null 2>&1; then \
	    $(PY) -m uv pip install --python $(PY) -c constraints.txt -e '.[book,engines,opu,dev]'; \
	else \
	    $(PY) -m pip install -c constraints.txt -e '.[book,engines,opu,dev]'; \
	fi
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps lightonml==1.4.3 \
	    || echo "reflop: lightonml could not be installed; its engine will be reported as skipped"
	@touch $@

clean:                   ## remove what was built; records kept in results/ stay
	rm -rf build _build book/runs book/_generated .snakemake .venv
