"""openSMILE with one of its sets of functionals; it can be called from several threads."""

from __future__ import annotations

from functools import cache

import opensmile


@cache
def program(features: str) -> opensmile.Smile:
    return opensmile.Smile(opensmile.FeatureSet[features], opensmile.FeatureLevel.Functionals)
