"""The contract of plugins as checks that run on any installed plugin.

`bench check NAME` runs them. To test a plugin in its own package:

    from bench.checks import contract

    @pytest.mark.parametrize("check", contract("model", "logistic"), ids=str)
    def test_contract(check):
        check()

A check raises `bench.errors.PluginError` if its property does not hold. Pass options as
`contract("protocol", "from-file", {"path": "folds.csv"})`; `checks_for` takes an instance instead of a name.
"""

from bench.checks.contract import Check, checks_for, contract

__all__ = ["Check", "checks_for", "contract"]
