"""Pythae's models and pipeline, timed over one epoch; and our own loop on the same net."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import torch

from vae_desktop.training.loop import EpochEnd, Started, training
from vae_desktop.training.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_desktop.core.values import Dataset

HIDDEN, LATENT, VALUES = 512, 2, 784
PLAIN = {"hidden": (HIDDEN,), "latent": LATENT, "network": "mlp", "likelihood": "bernoulli"}


def ours(dataset: Dataset, batch: int, model: str = "vae", config: Mapping[str, Any] = PLAIN) -> float:
    """Seconds of one epoch, by default of 784–512–2–512–784, with all that the loop does: metrics and saving, too."""
    settings = TrainSettings(epochs=1, batch=batch, validation=0.0, threads=torch.get_num_threads())  # as the peer
    with TemporaryDirectory() as folder:
        work = training(dataset, model, config, settings, Path(folder) / "run")
        began = 0.0
        for event in work:
            if isinstance(event, Started):
                began = time.perf_counter()
            elif isinstance(event, EpochEnd):
                seconds = time.perf_counter() - began
        return seconds


def peer(name: str, config: Mapping[str, Any]) -> tuple[Any, Any]:
    """Pythae's model `name` of the net that our `config` describes, and a trainer's settings for it."""
    from pythae import models
    from pythae.trainers import AdversarialTrainerConfig, BaseTrainerConfig

    common = {"input_dim": (VALUES,), "latent_dim": config["latent"]}
    bce = {"reconstruction_loss": "bce"}
    trainer = AdversarialTrainerConfig if name == "factor-vae" else BaseTrainerConfig
    model, own = {
        "vae": (models.VAE, models.VAEConfig(**common, **bce)),
        "beta-vae": (models.BetaVAE, models.BetaVAEConfig(**common, **bce, beta=4.0)),
        "beta-tcvae": (models.BetaTCVAE, models.BetaTCVAEConfig(**common, **bce, beta=6.0)),
        "factor-vae": (models.FactorVAE, models.FactorVAEConfig(**common, **bce, gamma=10.0)),
        "info-vae": (models.INFOVAE_MMD, models.INFOVAE_MMD_Config(**common, **bce)),
        "iwae": (models.IWAE, models.IWAEConfig(**common, **bce, number_samples=config.get("samples", 5))),
        "vamp": (models.VAMP, models.VAMPConfig(**common, **bce, number_components=config.get("components", 500))),
        "vq-vae": (models.VQVAE, models.VQVAEConfig(**common, use_ema=True, num_embeddings=512)),
    }[name]
    return model(own), trainer


def pythae(
    x: torch.Tensor, batch: int, workers: int = 0, fused: bool = False, name: str = "vae",
    config: Mapping[str, Any] = PLAIN,
) -> float:  # fmt: skip
    """Seconds of one epoch of the same net and data through Pythae's pipeline: no checkpoints, no evaluation, no bar.

    `workers` and `fused` are the options of its own that can make it quicker.
    """
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers.training_callbacks import TrainingCallback

    for logger in [logger for logger in logging.root.manager.loggerDict if logger.startswith("pythae")]:
        logging.getLogger(logger).setLevel(logging.WARNING)

    class Clock(TrainingCallback):
        def on_epoch_begin(self, training_config: Any, **_: Any) -> None:
            self.began = time.perf_counter()

        def on_epoch_end(self, training_config: Any, **_: Any) -> None:
            self.seconds = time.perf_counter() - self.began

    clock = Clock()
    model, trainer = peer(name, config)
    options: dict[str, Any] = {"optimizer_params": {"fused": True}} if fused else {}
    with TemporaryDirectory() as folder:
        settings = trainer(
            output_dir=folder, num_epochs=1, learning_rate=1e-3, per_device_train_batch_size=batch,
            train_dataloader_num_workers=workers, steps_saving=None, steps_predict=None, no_cuda=True, amp=False,
            **options,
        )  # fmt: skip
        TrainingPipeline(model, settings)(x, callbacks=[clock])
    return clock.seconds
