# make study        the quick study live, the paper study from its records, both PDFs, the audit
# make test         the tests           (all of them: make test PYTEST_FLAGS='-m "slow or not slow"')
# make bench        ratios of our loops to their limits and to the usual loops (half an hour, idle machine)
# make mutants      small changes of the code that judges and audits, and whether tests notice them
# make campaign     the program under kills, tamperings, mutated files and bad input (hours; goes on where
#                   it was stopped; for less: make campaign MINUTES=30)
# make archive      for the authors: enter new records into the manifest and the README's scoreboard,
#                   record outputs with DVC
# make release      the archive of a version for a journal, in release/ (everything committed; LaTeX)
# make lock         for the authors: write the pins of pyproject.toml, what they pull in, and hashes into
#                   constraints.txt, requirements/ and environment.yml (needs uv; with LOCK_FLAGS=--upgrade
#                   in the newest versions)
# make clean-venv   remove the environment that the others made
#
# PYTHON      the Python (3.11, 3.12 or 3.13) to make the environment with
# UV          the faster installer uv; pip installs where there is none or it fails, or with UV=
# PIP_FLAGS   more flags for pip or uv, e.g. an index with PyTorch's CPU build: that one's version is
#             2.13.0+cpu, and a pin without a local version (==2.13.0) accepts every such build
# HASHED      what is installed by hashes: all but PyTorch, since each index has other builds of it. The
#             package index's own is checked, too, with HASHED="-r requirements/packages.txt
#             -r requirements/pytorch.txt"

KNOWN = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c '$(KNOWN)' 2>/dev/null && echo $$p && exit; \
	done; echo python3)

UV ?= $(shell command -v uv 2>/dev/null)
HASHED ?= -r requirements/packages.txt
MINUTES ?= 600

.PHONY: study test bench mutants campaign archive release lock install clean-venv

study: install
	@workflow/scripts/latex.sh install
	@.venv/bin/python -c 'from importlib.util import find_spec as f; exit(not f("nncodec"))' || \
		.venv/bin/pip install -qq --no-deps -r requirements/nnr.txt || \
		echo "NNCodec could not be built (it needs a C++ compiler): its points will be absent"
	. .venv/bin/activate && snakemake --cores all
	. .venv/bin/activate && brainside audit
	@workflow/scripts/latex.sh remind

test: install
	. .venv/bin/activate && pytest -n auto --dist loadfile $(PYTEST_FLAGS)

bench: install
	. .venv/bin/activate && pip install -qq --require-hashes --no-deps -r requirements/extras.txt && \
		python benchmarks/run.py

mutants: install
	. .venv/bin/activate && pip install -qq --require-hashes --no-deps -r requirements/extras.txt && \
		python tests/mutation/run.py --minutes $(MINUTES)

campaign: install
	. .venv/bin/activate && python tests/campaign/run.py --minutes $(MINUTES)

archive: install
	. .venv/bin/activate && snakemake --cores all && brainside gallery config/paper && \
		brainside manifest config/paper && brainside scoreboard config/paper && \
		brainside site config/paper && { python workflow/scripts/picture.py || true; } && \
		dvc commit --force && dvc push && dvc gc --workspace --cloud -r bundled --force

release: install
	. .venv/bin/activate && snakemake --cores all && brainside audit && brainside release config/paper

lock:
	@test -n "$(UV)" || { echo "make lock needs uv: pip install uv, or make lock UV=PATH" >&2; exit 1; }
	$(PYTHON) requirements/renew.py --uv $(UV) $(LOCK_FLAGS)

# The stamp holds what was installed and the folder that it was installed for, so that new times on
# the same files install nothing, and a copied or shared environment, whose programs are the other
# folder's, is made anew here. One without a stamp is half made, and is made anew, too.
STAMP = { pwd -P; cat pyproject.toml constraints.txt; }

# The project itself has no hash; what it needs is there then, and setuptools, too.
INSTALL = { $(1) $(PIP_FLAGS) --require-hashes --no-deps $(HASHED) && \
	$(1) $(PIP_FLAGS) -c constraints.txt --no-build-isolation -e '.[test]'; }

install:
	@if $(STAMP) | cmp -s - .venv/.installed; then exit; fi; \
	$(PYTHON) -c '$(KNOWN)' 2>/dev/null || \
		{ echo "BraInside needs Python 3.11 to 3.13; if none is on PATH: make PYTHON=/path/to/python3.11" >&2; exit 1; }; \
	test "$$(head -n 1 .venv/.installed 2>/dev/null)" = "$$(pwd -P)" || \
		{ rm -rf .venv; $(PYTHON) -m venv .venv; } || exit; \
	rm -f .venv/.installed; \
	echo "Installing the packages of requirements/packages.txt into .venv (takes minutes)"; \
	{ test -n "$(UV)" && $(call INSTALL,VIRTUAL_ENV=.venv $(UV) pip install -q) || \
		$(call INSTALL,.venv/bin/pip install -qq); } && $(STAMP) > .venv/.installed

clean-venv:
	rm -rf .venv
