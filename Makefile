# Every target sets up what it needs by itself: see .ci/environment and .ci/debian.
# Options pass through ARGS, as in: make lab ARGS="--port 9000 --no-browser"

.PHONY: help lab test lint bench binder lock test-setup
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

lab: ## serve JupyterLab with the course (ARGS: see .venv/bin/course lab --help)
	@.ci/environment lab
	@.venv/bin/course lab $(ARGS)

test: test-setup ## run the tests (ARGS: see .venv/bin/pytest --help)
	@.venv/bin/pytest $(ARGS)

test-setup:
	@.ci/environment dev
	@.ci/debian want chromium fonts-dejavu-core debootstrap docker.io=dockerd e2fsprogs \
	  iproute2 iptables qemu-system-x86 qemu-utils zstd
	@if command -v qemu-system-x86_64 > /dev/null; then \
	  .venv/bin/course labvm build --if-needed || { \
	    test "$$CI" != true && echo "Going on: tests of the lab VM are skipped." >&2; }; \
	fi

lint: ## check style, formatting and types
	@.ci/environment dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

bench: ## run the benchmarks of tests/bench
	@.ci/environment dev
	@set -e; for bench in tests/bench/bench_*.py; do \
	  [ -e "$$bench" ] || { echo "There are no benchmarks yet."; break; }; \
	  echo "== $$bench"; .venv/bin/python "$$bench" $(ARGS); \
	done

binder: ## build and try the image that Binder starts (ARGS: see binder/verify --help)
	@binder/verify $(ARGS)

# One file for every supported Python and system; it names versions, and no place to fetch them from.
lock: ## write binder/requirements.txt from pyproject.toml (ARGS=--upgrade: newest versions)
	@.ci/environment uv
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-annotate \
	  --custom-compile-command "make lock" $(ARGS) pyproject.toml -o binder/requirements.txt
	@! grep -n '://' binder/requirements.txt
