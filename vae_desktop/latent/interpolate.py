"""Ways from one code to another."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from vae_desktop.core.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NEARLY_PARALLEL = 1e-6  # sin ω below which the arc is not defined well enough


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Straight line: (1 − t)·a + t·b; for posterior means. `t` is (T, 1), `a` and `b` (d,); gives (T, d)."""
    line: np.ndarray = (1 - t) * a + t * b
    return line


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Great arc (White 2016): sin((1−t)ω)/sin ω·a + sin(tω)/sin ω·b; for samples of the prior.

    Falls back to :func:`lerp` where a and b are nearly parallel or opposite, or one of them is 0.
    """
    size_a, size_b = np.linalg.norm(a), np.linalg.norm(b)
    if not size_a or not size_b:
        return lerp(a, b, t)
    u, v = a / size_a, b / size_b
    # Kahan's angle: arccos(u·v) loses half the digits near 0 and π.
    omega = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.sin(omega) < NEARLY_PARALLEL:
        return lerp(a, b, t)
    arc: np.ndarray = (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)
    return arc


METHODS: Mapping[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = MappingProxyType(
    {"lerp": lerp, "slerp": slerp}
)


def interpolate(a: np.ndarray, b: np.ndarray, steps: int = 9, method: str = "lerp") -> np.ndarray:
    """Codes (steps, d) float32 from `a` to `b` (d,), both ends included, evenly spaced in t.

    Raises
    ------
    SettingError
        On an unknown method (the known ones are listed) or fewer than two steps.
    """
    if method not in METHODS:
        raise SettingError(f"method={method}: choose one of {', '.join(METHODS)}")
    if steps < 2:
        raise SettingError(f"steps={steps}: must be at least 2")
    t = np.linspace(0, 1, steps)[:, None]
    return METHODS[method](np.asarray(a, np.float64), np.asarray(b, np.float64), t).astype(np.float32)
