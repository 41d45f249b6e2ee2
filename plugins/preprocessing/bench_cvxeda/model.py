"""The model of cvxEDA: the response of the sweat glands to a driver, and the splines of the tonic component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array

Boundary = Literal["2017", "2025"]


@dataclass(frozen=True)
class Model:
    """Parameters of the decomposition; times are in seconds."""

    rate: float
    tau0: float = 2.0
    tau1: float = 0.7
    knot_seconds: float = 10.0
    alpha: float = 8e-4
    gamma: float = 1e-2
    boundary: Boundary = "2017"

    @property
    def poles(self) -> tuple[float, float]:
        """Decay rates of the response per second, the fast one first."""
        return 1 / min(self.tau0, self.tau1), 1 / max(self.tau0, self.tau1)

    @property
    def arma(self) -> tuple[Array, Array]:
        """Autoregressive and moving-average coefficients: phasic = ma * q and driver = ar * q, for a hidden q."""
        (fast, slow), dt = self.poles, 1 / self.rate
        ar = [(fast * dt + 2) * (slow * dt + 2), 2 * fast * slow * dt**2 - 8, (fast * dt - 2) * (slow * dt - 2)]
        return np.array(ar) / ((fast - slow) * dt**2), np.array([1.0, 2.0, 1.0])

    @property
    def state_space(self) -> tuple[float, float, float, float, float]:
        """rho0, rho1, k0, k1, g of phasic = s + g p, where s' = rho0 s + slope + k0 p and slope' = rho1 slope + k1 p.

        Written in differences that are known exactly, so that nothing cancels at high rates.
        """
        (fast, slow), dt = self.poles, 1 / self.rate
        both = (2 + fast * dt) * (2 + slow * dt)
        difference = 4 * dt * (fast - slow) / both  # rho0 - rho1
        kick = 4 * dt / (2 + fast * dt) ** 2
        k0 = 4 * dt**2 * (fast - slow) * (4 + (fast + slow) * dt) / both**2
        rho0, rho1 = (2 - slow * dt) / (2 + slow * dt), (2 - fast * dt) / (2 + fast * dt)
        return rho0, rho1, k0, difference * kick, dt**2 * (fast - slow) / both

    @property
    def first(self) -> int:
        """The first sample with a driver. Unless it is 0, the state of the response at this sample is free."""
        return 2 if self.boundary == "2017" else 0

    @property
    def knot(self) -> int:
        """Samples between knots: the nearest integer, so that knots may not be exactly `knot_seconds` apart."""
        return round(self.knot_seconds * self.rate)

    def n_splines(self, n: int) -> int:
        """Number of splines over n samples; the first is centred at sample 0, the others at the following knots."""
        return -(-n // self.knot) if self.boundary == "2017" else int(np.ceil((n + self.knot / 2) / self.knot))

    def spline(self, distance: Array) -> Array:
        """A triangle convolved with itself, scaled to a peak of 1, at distances in samples from its knot."""
        x, k = np.abs(distance).astype(np.float64), float(self.knot)

        def tetrahedral(m: Array) -> Array:
            m = np.maximum(m, 0)
            return np.asarray((m + 1) * m * (m - 1) / 6)

        return np.asarray((tetrahedral(2 * k - x) - 4 * tetrahedral(k - x)) / ((2 * k * k + 1) * k / 3))


class Solution(NamedTuple):
    """The optimal components of one signal; `gap` is relative to the objective."""

    driver: Array
    phasic: Array
    tonic: Array
    gap: float
    iterations: int
