"""The numbers of the model: how sweat glands answer a driver, and the splines of the slow level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from bench.api import Array

Boundary = Literal["2017", "2025"]


@dataclass(frozen=True)
class Model:
    """What to fit, and how strongly each part is penalised; times are in seconds."""

    rate: float
    tau0: float = 2.0
    tau1: float = 0.7
    knot_seconds: float = 10.0
    alpha: float = 8e-4
    gamma: float = 1e-2
    boundary: Boundary = "2017"

    @property
    def decays(self) -> tuple[float, float]:
        """Per second, the fast one first."""
        return 1 / min(self.tau0, self.tau1), 1 / max(self.tau0, self.tau1)

    @property
    def taps(self) -> tuple[Array, Array]:
        """Of the driver (autoregressive) and of the phasic component (moving average)."""
        (fast, slow), dt = self.decays, 1 / self.rate
        driver = [(fast * dt + 2) * (slow * dt + 2), 2 * fast * slow * dt**2 - 8, (fast * dt - 2) * (slow * dt - 2)]
        return np.array(driver) / ((fast - slow) * dt**2), np.array([1.0, 2.0, 1.0])

    @property
    def first(self) -> int:
        """The sample at which the equations start; the state of the filter before it is free unless this is 0."""
        return 2 if self.boundary == "2017" else 0

    @property
    def knot(self) -> int:
        """Samples from knot to knot: the nearest whole number, and so knots are not quite `knot_seconds` apart then."""
        return round(self.knot_seconds * self.rate)

    def knots(self, n: int) -> int:
        """How many splines n samples have: the first is centred at sample 0, the others follow at each knot."""
        return -(-n // self.knot) if self.boundary == "2017" else int(np.ceil((n + self.knot / 2) / self.knot))

    def bump(self, distance: Array) -> Array:
        """A triangle convolved with itself, its peak 1, at samples from the knot: a cubic on each side of a knot."""
        x, k = np.abs(distance).astype(np.float64), float(self.knot)

        def tetrahedral(m: Array) -> Array:
            m = np.maximum(m, 0)
            return np.asarray((m + 1) * m * (m - 1) / 6)

        return np.asarray((tetrahedral(2 * k - x) - 4 * tetrahedral(k - x)) / ((2 * k * k + 1) * k / 3))

    @property
    def state_space(self) -> tuple[float, float, float, float, float]:
        """rho0, rho1, k0, k1, g of r = s + g p, where s' = rho0 s + slope + k0 p and slope' = rho1 slope + k1 p.

        Written in differences that are known exactly, so that nothing cancels at high rates.
        """
        (fast, slow), dt = self.decays, 1 / self.rate
        both = (2 + fast * dt) * (2 + slow * dt)
        apart = 4 * dt * (fast - slow) / both  # rho0 - rho1
        kick = 4 * dt / (2 + fast * dt) ** 2
        k0 = 4 * dt**2 * (fast - slow) * (4 + (fast + slow) * dt) / both**2
        rho0, rho1 = (2 - slow * dt) / (2 + slow * dt), (2 - fast * dt) / (2 + fast * dt)
        return rho0, rho1, k0, apart * kick, dt**2 * (fast - slow) / both
