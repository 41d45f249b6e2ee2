# Show the recipes.
default:
    @just --list

# Lint, types, import contracts, docs and tests, in this environment.
check:
    ruff check . && ruff format --check .
    mypy
    python .ci/contracts.py
    python docs/generate.py --check
    pytest

# Let the formatter and the linter mend what they can.
fix:
    ruff check --fix . && ruff format .

# Write the generated pages again.
docs:
    python docs/generate.py

# Speed as ratios against what a user would use instead.
bench:
    pytest benchmarks -n 0

# Everything that CI does for a change, from a fresh environment.
ci:
    bash .ci/run

# What is too long for that: the suite with each kind of numerical kernels, in the background, and coverage.
full:
    bash .ci/full
