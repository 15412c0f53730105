"""What would mend an illness of a training: changes of settings that the model has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vae_desktop.core.settings import Value, settings_of
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vae_desktop.core.settings import Setting

USUAL_RATE = 1e-3  # Adam's (Kingma & Ba 2015)
WARMUP, FREE = 0.3, 0.25  # part of the training; nats a dimension (Kingma 2016: 0.1 to 0.5)
MOST = 256  # latent dimensions that are suggested


@dataclass(frozen=True)
class Remedy:
    """Something to try: what its button says, settings to change, what that does in a sentence, and their labels."""

    label: str
    changes: Mapping[str, Value]
    why: str
    labels: Mapping[str, str]

    def told(self, before: Mapping[str, Any]) -> str:
        """What it changes of the values `before`, in words: ``KL warm-up 0 → 0.3, Free bits 0 → 0.25``."""
        parts = []
        for name, value in self.changes.items():
            old = f"{_plain(before[name])} → " if name in before else ""
            parts.append(f"{self.labels[name]} {old}{_plain(value)}")
        return ", ".join(parts)

    def apply(self, config: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The values of the model's config and of the training, with its changes in them."""
        of_training = settings_of(TrainSettings)
        ours = {name: value for name, value in self.changes.items() if name not in of_training}
        theirs = {name: value for name, value in self.changes.items() if name in of_training}
        return {**config, **ours}, {**settings, **theirs}


class Patient:
    """A run by its settings; only what could be changed needs the model itself, and with it torch.

    Parameters
    ----------
    record
        What ``run.json`` holds: model, config, settings, data. Settings are empty where nothing is known of a training.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.model = str(record["model"])
        self.config: Mapping[str, Any] = record["config"]
        self.settings: Mapping[str, Any] = record["settings"]
        self.data: Mapping[str, Any] = record["data"]
        self.items = max(int(self.data["items"]), 2)

    def setting(self, name: str) -> float:
        """A number of the training, or its default."""
        return float(self.settings.get(name, settings_of(TrainSettings)[name].default))

    @property
    def beta(self) -> float:
        """Weight of the KL, 1 where there is no such setting."""
        return float(self.config.get("beta", 1.0))

    @cached_property
    def known(self) -> Mapping[str, Setting]:
        """Every setting that the model and a training have, by name."""
        from vae_desktop.models import model_class

        return {**settings_of(model_class(self.model).Config), **settings_of(TrainSettings)}

    @property
    def likelihoods(self) -> tuple[str, ...]:
        """Those that the model allows on this kind of data."""
        from vae_desktop.models import model_class
        from vae_desktop.models.likelihoods import LIKELIHOODS

        kind = self.data["kind"]
        return tuple(name for name in model_class(self.model).likelihoods if kind in LIKELIHOODS[name].kinds)

    @property
    def likelihood(self) -> str:
        """The likelihood, ``auto`` resolved."""
        chosen = str(self.value("likelihood"))
        if chosen != "auto":
            return chosen
        return "bernoulli" if self.data["kind"] == "image" and self.data["shape"][-1] == 1 else "gaussian"

    def value(self, name: str) -> Any:
        """Present value of a setting; its default where the run does not say, None where there is no such setting."""
        default = self.known[name].default if name in self.known else None
        return self.config.get(name, self.settings.get(name, default))

    def changed(self, **changes: Value) -> dict[str, Value]:
        """Those of the changes whose setting there is, that count beside the others, and are not so yet."""
        after = {**self.config, **changes}
        return {
            name: value
            for name, value in changes.items()
            if name in self.known and self.known[name].matters(after) and _plain(self.value(name)) != _plain(value)
        }

    def offer(self, label: str, why: str, **changes: Value) -> tuple[Remedy, ...]:
        """The remedy, less what changes nothing; none when nothing is left."""
        real = self.changed(**changes)
        return (Remedy(label, real, why, {name: self.known[name].label for name in real}),) if real else ()


def remedies(illness: str, patient: Patient, full: bool, best: int) -> tuple[Remedy, ...]:
    """What would mend an illness, the likeliest first.

    Parameters
    ----------
    illness
        Its key.
    full
        Whether all latent dimensions are in use.
    best
        The epoch that validated best, of a run that over-fits.
    """
    return tuple(remedy for cure in CURES[illness] for remedy in cure(patient, full, best))


def _slower(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    rate = patient.setting("lr")
    lower = min(USUAL_RATE, 10.0 ** round(math.log10(rate / 10)))
    label, why = f"Lower the learning rate to {lower:g}", "Smaller steps do not jump out of what was learned."
    return patient.offer(label, why, lr=lower)


def _clip(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    if patient.value("clip"):
        return ()
    return patient.offer("Clip gradients", "No step goes further than a gradient of norm 1 takes it.", clip=1.0)


def _firmer(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    if patient.beta < 1:
        label = f"Raise β from {patient.beta:g} to 1"
        why = "The full pull towards the prior (KL) holds the codes where they are expected."
        return patient.offer(label, why, beta=1.0)
    return _slower(patient) if patient.setting("lr") > USUAL_RATE else ()


def _looser(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    if patient.beta <= 1:
        return ()
    label = f"Lower β from {patient.beta:g} to 1"
    return patient.offer(label, "The pull towards the prior (KL) no longer outweighs what an item says.", beta=1.0)


def _freer(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    """Warm-up and free bits (Sønderby 2016, Kingma 2016)."""
    free = FREE if patient.value("free_bits") != FREE else 2 * FREE
    grows = f"the pull towards the prior (KL) grows over {WARMUP:.0%} of the training"
    changes = patient.changed(warmup=max(WARMUP, patient.value("warmup") or 0.0), free_bits=free)
    words = {
        "warmup": (f"KL warm-up of {WARMUP:.0%}", grows),
        "free_bits": ("free bits", f"{free:g} nats of each dimension cost nothing"),
    }
    label, why = (" and ".join(words[name][i] for name in changes) for i in (0, 1))
    return patient.offer(_sentence(label), f"{_sentence(why)}: dimensions are in use before they cost.", **changes)


def _own_noise(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    """A likelihood that learns how large errors are (Rybkin 2021)."""
    if patient.likelihood == "gaussian" or "gaussian" not in patient.likelihoods:
        return ()
    why = "Its scale σ is learned, so that small differences between items count, too."
    return patient.offer("Use a Gaussian likelihood", why, likelihood="gaussian")


def _own_noise_unless_pulled(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    """The same, unless it is β that keeps codes down."""
    return _own_noise(patient) if patient.beta <= 1 else ()


def _wider(patient: Patient, full: bool, _: int) -> tuple[Remedy, ...]:
    """More dimensions, where all there are is used."""
    latent = 4 * int(patient.value("latent"))
    why = "More numbers describe each item, so that more of its detail fits."
    return patient.offer(f"Use {latent} latent dimensions", why, latent=latent) if full and latent <= MOST else ()


def _shorter(patient: Patient, _: bool, best: int) -> tuple[Remedy, ...]:
    why = "The training ends once validation has not improved for 5 epochs, and keeps the best weights."
    found = patient.offer("Stop early", why, patience=5)
    return found or patient.offer(f"Stop at epoch {best}", "The training ends where validation was best.", epochs=best)


def _running(patient: Patient, *_: object) -> tuple[Remedy, ...]:
    why = "Codes follow the items' running mean, and dead ones are begun anew."
    return patient.offer("Let codes be running means", why, codebook="average")


CURES: Mapping[str, tuple[Callable[[Patient, bool, int], tuple[Remedy, ...]], ...]] = {
    "diverged": (_slower, _clip),
    "explosion": (_firmer, _clip),
    "collapse": (_looser, _freer, _own_noise_unless_pulled),
    "partial": (_looser, _freer, _own_noise_unless_pulled),
    "codebook": (_running, _slower),
    "overfitting": (_shorter,),
    "blurry": (_looser, _own_noise, _wider),
}  # of each illness, the likeliest first


def _plain(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _sentence(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]
