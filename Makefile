# Brings everything into .venv and runs the `arende` command from there.

UV_VERSION := 0.13.9
PYTHON ?=
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help demo up test test-browser smoke check bench load

help:
	@echo "make demo    every service once, from form to decision; KEEP=1 leaves it running"
	@echo "make up      the whole stack until Ctrl-C; data stays in .arende"
	@echo "make test    all tests that need neither browser nor Docker"
	@echo "make test-browser  the tests that look at pages; needs chromium"
	@echo "make smoke   100 cases while every service is killed in turn; CHAOS_SEED repeats a run"
	@echo "make check   lint, types, import contracts and migrations"
	@echo "make bench   the measurements; ARGUMENTS=--quick for less of them"
	@echo "make load    a Monday at 50 times its speed; ARGUMENTS=--quick for half an hour of it"

demo: $(READY)
	@$(BIN)/arende demo

up: $(READY)
	@$(BIN)/arende up

# Two at a time, a file to each: every process of pytest has servers of its own.
test: $(READY)
	@$(BIN)/pytest --numprocesses=2 --dist=loadfile

test-browser: $(READY)
	@$(BIN)/pytest tests/browser

smoke: $(READY)
	@$(BIN)/pytest tests/smoke --capture=no

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@for migration in migrations/*.sql; do \
	  sed '/^-- migrate:down/,$$d' "$$migration" | \
	    $(BIN)/squawk --assume-in-transaction --pg-version=18 --stdin-filepath="$$migration" \
	      $(NOT_LINTED:%=--exclude=%) || exit 1; \
	done

# Counts within one case fit an integer. How long a migration may run depends on a region's
# tables; what it holds up is bounded by lock_timeout. An id's form stands in one place, its domain.
NOT_LINTED := prefer-bigint-over-int require-statement-timeout ban-create-domain-with-constraint

ARGUMENTS ?=
bench: $(READY)
	@$(BIN)/python -m bench $(ARGUMENTS)

load: $(READY)
	@$(BIN)/python -m load $(ARGUMENTS)

# One shell script: finds a Python in range and a uv that reads our lock, then installs.
define INSTALL
in_range() { "$$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }
for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do
  if in_range "$$python"; then found=$$python; break; fi
done
if [ -z "$${found:-}" ]; then
  echo "make: needs Python 3.11 to 3.13; none found, name one with PYTHON=/path/to/python3" >&2; exit 1
fi
found=$$("$$found" -c 'import sys; print(sys.executable)')
uv=$$(command -v uv || true)
if [ -z "$$uv" ] || ! "$$uv" --version | awk '{split($$2, v, "."); exit !(v[1] > 0 || v[2] >= 13)}'; then
  uv=.uv/bin/uv
  if ! [ -x $$uv ] || [ "$$($$uv --version | awk '{print $$2}')" != $(UV_VERSION) ]; then
    echo "Bringing uv $(UV_VERSION) into .uv"
    "$$found" -m venv --clear .uv || { echo "make: this Python cannot make a venv (Debian: install python3-venv)" >&2; exit 1; }
    .uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
  fi
fi
echo "Installing the locked packages into .venv with $$found"
"$$uv" sync --frozen --quiet --python "$$found"
touch $(READY)
endef
export INSTALL

$(READY): uv.lock pyproject.toml
	@sh -euc "$$INSTALL"
