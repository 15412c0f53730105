"""What would mend an illness of a training: changes of settings that the model has."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from vae_desktop.core.settings import Value, settings_of
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vae_desktop.core.settings import Setting

USUAL_RATE = 1e-3  # Adam's (Kingma & Ba 2015)
WARMUP, FREE = 0.3, 0.25  # part of the training; nats a dimension (Kingma 2016: 0.1 to 0.5)


@dataclass(frozen=True)
class Remedy:
    """Something to try: what its button says, settings to change, and what that does, in a sentence."""

    label: str
    changes: Mapping[str, Value]
    why: str


@dataclass(frozen=True)
class Patient:
    """A run's settings, and what they could be.

    Parameters
    ----------
    config, settings
        Values of the model's config and of the training; `settings` is empty when nothing is known of it.
    known
        Every setting that the model and a training have, by name.
    likelihoods
        Names of those that the model allows on this kind of data.
    items, shape, kind
        Of the data.
    """

    config: Mapping[str, Any]
    settings: Mapping[str, Any]
    known: Mapping[str, Setting] = field(default_factory=dict)
    likelihoods: tuple[str, ...] = ()
    items: int = 2
    shape: tuple[int, ...] = ()
    kind: str = "image"

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """From what ``run.json`` holds; brings torch.

        Raises
        ------
        SettingError
            When the model is not known.
        """
        from vae_desktop.models import model_class
        from vae_desktop.models.likelihoods import LIKELIHOODS

        model, data = model_class(record["model"]), record["data"]
        known = {**settings_of(model.Config), **settings_of(TrainSettings)}
        likelihoods = tuple(name for name in model.likelihoods if data["kind"] in LIKELIHOODS[name].kinds)
        return cls(
            record["config"], record["settings"], known, likelihoods, data["items"], tuple(data["shape"]), data["kind"]
        )

    def value(self, name: str) -> Any:
        """Present value of a setting; its default where the run does not say, None where there is no such setting."""
        default = self.known[name].default if name in self.known else None
        return self.config.get(name, self.settings.get(name, default))

    @property
    def beta(self) -> float:
        """Weight of the KL in the objective; 1 where there is no such setting."""
        return float(self.value("beta")) if "warmup" in self.known and "beta" in self.known else 1.0

    @property
    def likelihood(self) -> str:
        """The likelihood, ``auto`` resolved."""
        chosen = str(self.value("likelihood"))
        if chosen != "auto":
            return chosen
        return "bernoulli" if self.kind == "image" and self.shape[-1] == 1 else "gaussian"

    def offer(self, label: str, why: str, **changes: Value) -> tuple[Remedy, ...]:
        """The remedy, less the changes of settings that there are not or that change nothing; none when none is left."""
        real = {
            name: value
            for name, value in changes.items()
            if name in self.known and _as_told(self.value(name)) != _as_told(value)
        }
        return (Remedy(label, real, why),) if real else ()


def remedies_for(illness: str, patient: Patient, best: int = 0) -> tuple[Remedy, ...]:
    """What would mend it; `best` is the epoch that validated best, of a run that over-fits."""
    return REMEDIES[illness](patient, best)


def _diverged(patient: Patient, _: int) -> tuple[Remedy, ...]:
    return (*_slower(patient), *_clip(patient))


def _explosion(patient: Patient, _: int) -> tuple[Remedy, ...]:
    found: tuple[Remedy, ...] = ()
    if "beta" in patient.known and patient.value("beta") < 1:
        found += patient.offer(
            f"Raise β from {patient.value('beta'):g} to 1",
            "The full pull towards the prior (KL) holds the codes where they are expected.",
            beta=1.0,
        )
    elif (patient.value("lr") or 0) > USUAL_RATE:
        found += _slower(patient)
    return found + _clip(patient)


def _collapse(patient: Patient, _: int) -> tuple[Remedy, ...]:
    found = _lower(patient)
    free = FREE if patient.value("free_bits") != FREE else 2 * FREE
    found += patient.offer(
        f"Use KL warm-up of {WARMUP:.0%} and free bits",
        f"The pull towards the prior (KL) grows over {WARMUP:.0%} of the training, and {free:g} nats of each dimension"
        " cost nothing: the dimensions are in use before they cost.",
        warmup=max(WARMUP, patient.value("warmup") or 0.0), free_bits=free,
    )  # fmt: skip
    return found + (_own_noise(patient) if patient.beta <= 1 else ())


def _codebook(patient: Patient, _: int) -> tuple[Remedy, ...]:
    return _slower(patient)


def _overfitting(patient: Patient, best: int) -> tuple[Remedy, ...]:
    found = patient.offer(
        "Stop early", "The training ends once validation has not improved for 5 epochs, and keeps the best weights.",
        patience=5,
    )  # fmt: skip
    if not found and best:
        found = patient.offer(f"Stop at epoch {best}", "The training ends where validation was best.", epochs=best)
    return found


def _blurry(patient: Patient, _: int) -> tuple[Remedy, ...]:
    latent = min(4 * int(patient.value("latent")), 4096)
    more = patient.offer(
        f"Use {latent} latent dimensions", "More numbers describe each item, so that more of its detail fits.",
        latent=latent,
    )  # fmt: skip
    return _lower(patient) + _own_noise(patient) + more


def _slower(patient: Patient) -> tuple[Remedy, ...]:
    rate = float(patient.value("lr"))
    lower = min(USUAL_RATE, 10.0 ** round(math.log10(rate / 10)))
    return patient.offer(
        f"Lower the learning rate to {lower:g}", "Smaller steps do not jump out of what was learned.", lr=lower
    )


def _clip(patient: Patient) -> tuple[Remedy, ...]:
    if patient.value("clip"):
        return ()
    return patient.offer("Clip gradients", "No step is larger than a gradient of norm 1 makes it.", clip=1.0)


def _lower(patient: Patient) -> tuple[Remedy, ...]:
    """β of 1, where it is more."""
    if patient.beta <= 1:
        return ()
    return patient.offer(
        f"Lower β from {patient.beta:g} to 1", "The pull towards the prior (KL) no longer outweighs what an item says.",
        beta=1.0,
    )  # fmt: skip


def _own_noise(patient: Patient) -> tuple[Remedy, ...]:
    """A likelihood that learns how large errors are; then small ones count, too (Rybkin 2021)."""
    if patient.likelihood == "gaussian" or "gaussian" not in patient.likelihoods:
        return ()
    return patient.offer(
        "Use a Gaussian likelihood", "Its scale σ is learned, so that small differences between items count, too.",
        likelihood="gaussian",
    )  # fmt: skip


REMEDIES: Mapping[str, Callable[[Patient, int], tuple[Remedy, ...]]] = {
    "diverged": _diverged, "explosion": _explosion, "collapse": _collapse, "partial": _collapse,
    "codebook": _codebook, "overfitting": _overfitting, "blurry": _blurry,
}  # fmt: skip


def apply(remedy: Remedy, config: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The config's and the training's values with a remedy's changes in them."""
    of_training = settings_of(TrainSettings)
    return (
        {**config, **{name: value for name, value in remedy.changes.items() if name not in of_training}},
        {**settings, **{name: value for name, value in remedy.changes.items() if name in of_training}},
    )


def say_changes(remedy: Remedy, patient_values: Mapping[str, Any], known: Mapping[str, Setting]) -> str:
    """What a remedy changes, in words: ``KL warm-up 0 → 0.3, free bits 0 → 0.25``."""
    parts = []
    for name, value in remedy.changes.items():
        setting = known[name]
        old = patient_values.get(name, setting.default)
        parts.append(f"{setting.label} {setting.format(_as_told(old))} → {setting.format(value)}")
    return ", ".join(parts)


def _as_told(value: Any) -> Any:
    """A sequence as settings have it."""
    return tuple(value) if isinstance(value, list) else value
