"""The contract of plugins as checks that anyone can run, on any plugin that is installed.

A plugin's author needs four lines for a test of each property:

    from bench.checks import contract

    @pytest.mark.parametrize("check", contract("model", "logistic"), ids=str)
    def test_contract(check):
        check()

A check that finds its property violated raises `bench.errors.PluginError` with the reason; `bench check
logistic` prints the same. `contract("protocol", "from-file", {"path": "folds.csv"})` gives options, and
`checks_for` takes a plugin that is already built.
"""

from bench.checks.contract import Check, checks_for, contract

__all__ = ["Check", "checks_for", "contract"]
