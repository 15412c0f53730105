"""The collapse doctor: what a run's figures say is wrong with it, in plain words, and what would mend it.

A finding must have held at each of the last looks, at the full pull towards the prior, in a run that has had time to
learn; a healthy run has none. Each threshold stands with its meaning:

=============== =================================================================================================
illness         is told when
=============== =================================================================================================
``diverged``    a figure is no longer finite
``explosion``   one dimension's KL is above twice ln(items). It bounds what a code can tell of which training item it
                is, and KL is that plus how far all codes together stray from the prior (Hoffman & Johnson 2016): more
                than half of it is straying
``collapse``    two of three hold: the whole KL, which bounds what the codes tell (ibid.), is below ln 2 nats, one bit;
                no unit is active (Burda 2016); reconstructions hold less than 5 % of the items' variance
``partial``     fewer than half of the dimensions are active that a linear VAE with the same noise would use (Lucas
                2019), and the items' variance held is less than one more straight axis would hold: dimensions that
                are merely not needed are pruned in silence
``codebook``    the perplexity of a codebook's use is below 2: as if all but one code were dead
``overfitting`` since its best epoch, validation ELBO fell by three standard errors of its own jitter and a twentieth
                of all it had gained, while training ELBO rose on
``blurry``      reconstructions have less than a quarter of the images' sharpness. Measured on digits and shapes: 0.33
                to 0.9 in healthy runs, 0.16 to 0.3 in collapsed ones
=============== =================================================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_desktop.core.errors import SettingError
from vae_desktop.training.remedies import Patient, Remedy, remedies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Line = Mapping[str, Any]

HELD = 3  # looks in a row
ASLEEP, GREW = 0.01, 1.2  # nats; times: a KL that grows so within those looks is not dead
LEARNED = 0.3  # learning rate × steps: Adam moves no weight further than that (Kingma & Ba 2015, section 2.1)
ONE_BIT = math.log(2)  # nats
EXPLAINED, SHARP = 0.05, 0.25  # parts: of the items' variance, of their sharpness
STRAYED = 2.0  # times ln(items)
WINDOW, ERRORS, PART = 5, 3.0, 0.05  # epochs in a median; standard errors; part of what was gained


@dataclass(frozen=True)
class Finding:
    """What is wrong: the illness's key, its name for a badge, one plain sentence, and what would mend it."""

    illness: str
    name: str
    text: str
    remedies: tuple[Remedy, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        offered = [{"label": r.label, "changes": dict(r.changes), "why": r.why} for r in self.remedies]
        return {"illness": self.illness, "text": self.text, "remedies": offered}


def diagnose(record: Mapping[str, Any], metrics: Sequence[Line]) -> tuple[Finding, ...]:
    """What is wrong with a run, the gravest first; nothing when it is healthy or too young to tell.

    Parameters
    ----------
    record
        What ``run.json`` holds: model, config, settings, data, status.
    metrics
        One line for each finished epoch, of ``metrics.jsonl``.
    """
    patient = Patient(record)
    last = metrics[-1] if metrics else None
    if record["status"] == "diverged" or (last is not None and not math.isfinite(last["loss"])):
        text = "The training broke: the loss is no longer a finite number (NaN), so it cannot go on."
        return (_finding("diverged", text, patient),)
    kept = int(record.get("kept", 0)) or len(metrics)  # early stopping: what came after its best epoch is thrown away
    lines = [line for line in metrics[:kept] if _grown(line, patient)]
    most = max((line["weight"] for line in lines), default=0.0)
    lines = [line for line in lines if line["weight"] >= 0.999 * most]  # at another pull other figures are right
    looks = [line for line in lines if line.get("watched")] or lines
    held = HELD if record["status"] == "training" else min(HELD, max(1, len(looks)))
    if len(looks) < held:
        return ()
    found = []
    full = looks[-1]["active_units"] >= len(looks[-1]["kl_per_dimension"])
    for illness, check in CHECKS.items():
        texts = [check(line, patient) for line in looks[-held:]]
        waking = illness in ("collapse", "partial") and looks[-1]["kl"] > max(GREW * looks[-held]["kl"], ASLEEP)
        if all(texts) and not waking:
            found.append(_finding(illness, texts[-1], patient, full))
    if {finding.illness for finding in found}.isdisjoint(("collapse", "explosion", "codebook")):
        best, fell = parted(lines)
        if best:
            text = (
                f"It learns the training items by heart (over-fitting): since epoch {best}, items it has never seen are"
                f" explained worse, by {fell:.1f} nats each."
            )
            found.append(_finding("overfitting", text, patient, full, best))
    graver = [finding for finding in found if finding.illness != "blurry"]
    return tuple(graver or found)


def too_young(record: Mapping[str, Any], metrics: Sequence[Line]) -> bool:
    """Whether no epoch of a run tells yet what is wrong: its pull still grows, or it had no time to learn."""
    patient = Patient(record)
    return record["status"] != "diverged" and not any(_grown(line, patient) for line in metrics)


def _finding(illness: str, text: str, patient: Patient, full: bool = False, best: int = 0) -> Finding:
    try:
        offered = remedies(illness, patient, full, best)
    except SettingError:  # a model that this program does not have
        offered = ()
    return Finding(illness, NAMES[illness], text, offered)


def _grown(line: Line, patient: Patient) -> bool:
    """Whether it is past the warm-up, and enough was learned to judge it."""
    if not patient.settings:
        return True  # a model of its own: nothing is known of its training
    steps = line["epoch"] * math.ceil(patient.items * (1 - patient.setting("validation")) / patient.setting("batch"))
    return bool(
        line["epoch"] >= patient.config.get("warmup", 0) * patient.setting("epochs")
        and steps * patient.setting("lr") >= LEARNED
    )


def _collapse(line: Line, patient: Patient) -> str:
    seen = line.get("watched") or {}
    explained = seen.get("explained")
    if seen.get("perplexity") is not None or (seen and explained is None):
        return ""  # of a codebook other figures tell; of items that are all the same there is nothing to tell
    signs = (line["kl"] < ONE_BIT, not line["active_units"], explained is not None and explained < EXPLAINED)
    if sum(signs) < 2:
        return ""
    text = "The codes tell nothing about the items, so every item decodes to the same one (posterior collapse)"
    return text + (f"; β of {patient.beta:g} keeps it so." if patient.beta > 1 else ".")


def _partial(line: Line, patient: Patient) -> str:
    seen, active, total = line.get("watched") or {}, line["active_units"], len(line["kl_per_dimension"])
    codebook = seen.get("perplexity") is not None
    if codebook or None in (seen.get("explained"), seen.get("needed"), seen.get("linear")) or _collapse(line, patient):
        return ""
    if not (2 * active < seen["needed"] and seen["explained"] < seen["linear"]):
        return ""
    text = (
        f"Only {active} of {total} dimensions are used, though the items differ in at least {seen['needed']:.0f} ways"
        " (partial posterior collapse)"
    )
    return text + (f"; β of {patient.beta:g} keeps it so." if patient.beta > 1 else ".")


def _explosion(line: Line, patient: Patient) -> str:
    seen, largest = line.get("watched") or {}, max(line["kl_per_dimension"])
    if seen.get("perplexity") is not None or largest <= STRAYED * math.log(max(patient.items, 2)):
        return ""
    return (
        f"The codes stray far from where they are expected (exploding KL: {largest:.0f} nats in one dimension, where"
        f" {math.log(patient.items):.0f} would tell all {patient.items} items apart); what is sampled will look like no"
        " item."
    )


def _codebook(line: Line, patient: Patient) -> str:
    used = (line.get("watched") or {}).get("perplexity")
    if used is None or used >= 2:
        return ""
    return f"Nearly all items get the same code (codebook collapse: {used:.1f} codes in use)."


def _blurry(line: Line, patient: Patient) -> str:
    seen = line.get("watched") or {}
    ratio = seen.get("sharpness")
    if ratio is None or ratio >= SHARP or (seen["explained"] or 0) < EXPLAINED:
        return ""  # a model that tells nothing of an item yet is not blurry, but young or collapsed
    return f"The decoded images are blurry: they have {ratio:.0%} of the sharpness of the real ones."


CHECKS: dict[str, Callable[[Line, Patient], str]] = {
    "explosion": _explosion, "collapse": _collapse, "partial": _partial, "codebook": _codebook, "blurry": _blurry,
}  # fmt: skip
NAMES = {
    "diverged": "training broke", "explosion": "codes stray", "collapse": "codes tell nothing",
    "partial": "dimensions lost", "codebook": "codebook unused", "overfitting": "learned by heart", "blurry": "blurry",
}  # fmt: skip


def parted(lines: Sequence[Line]) -> tuple[int, float]:
    """When validation parted from training, and by how much it fell since.

    Returns
    -------
    tuple
        The best epoch by a running median of validation ELBO, and its fall in nats per item; (0, 0) when they go
        together.
    """
    lines = [line for line in lines if line.get("validation")]
    if len(lines) < 2 * WINDOW:
        return 0, 0.0
    kept = np.array([line["validation"]["elbo"] for line in lines])
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(kept, WINDOW), axis=1)  # (E − WINDOW + 1,)
    middle = WINDOW // 2
    jitter = 1.4826 * float(np.median(np.abs(kept[middle:-middle] - smooth)))
    error = 1.2533 * jitter * math.sqrt(2 / WINDOW)  # of a difference of two medians
    best = int(smooth.argmax())
    fell = float(smooth[best] - smooth[-HELD:].max())
    gained = float(smooth[best] - kept.min())
    learns = lines[-1]["elbo"] > lines[best + middle]["elbo"]
    if learns and fell > max(ERRORS * error, PART * gained):
        return int(lines[best + middle]["epoch"]), fell
    return 0, 0.0
