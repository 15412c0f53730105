"""Networks: an encoder maps items (B, *shape) to (B, out); a decoder maps z (B, d) to (B, *shape)."""

from __future__ import annotations

import itertools
from functools import partial
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vae_desktop.models.layers import Linear

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vae_desktop.core.values import Kind
    from vae_desktop.models.config import VAEConfig

Shape = tuple[int, ...]
CONVOLUTIONS = ("conv", "residual")  # have a width and a depth


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights anew from `generator`, in order, each from U(−1/√fan-in, 1/√fan-in) (LeCun 1998).

    Layers draw from torch's global generator when they are made, which any thread may disturb. A module with other
    parameters than those of linear and convolutional layers brings an ``initialise(generator)`` of its own.
    """
    for part in module.modules():
        own = getattr(part, "initialise", None)
        if own is not None:
            own(generator)
        elif isinstance(part, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            bound = part.weight[0].numel() ** -0.5
            for parameter in part.parameters():
                nn.init.uniform_(parameter, -bound, bound, generator=generator)


def _dense(widths: Sequence[int]) -> list[nn.Module]:
    """Linear layers of these widths, a ReLU after each."""
    return [layer for a, b in itertools.pairwise(widths) for layer in (Linear(a, b), nn.ReLU(inplace=True))]


def mlp_encoder(shape: Shape, config: VAEConfig, out: int) -> nn.Module:
    """Fully connected: shape → hidden… → out."""
    widths = [prod(shape), *config.hidden]
    return nn.Sequential(nn.Flatten(), *_dense(widths), Linear(widths[-1], out))


def mlp_decoder(latent: int, config: VAEConfig, shape: Shape) -> nn.Module:
    """Fully connected: latent → …hidden → shape."""
    widths = [latent, *reversed(config.hidden)]
    return nn.Sequential(*_dense(widths), Linear(widths[-1], prod(shape)), nn.Unflatten(1, shape))


def _sizes(shape: Shape, config: VAEConfig) -> list[tuple[int, int]]:
    """(height, width) before and after each halving; stops before a side would fall below 2."""
    sizes = [(shape[1], shape[2])]
    while len(sizes) <= config.depth and min(sizes[-1]) >= 4:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    return sizes


def _channels(shape: Shape, config: VAEConfig, halvings: int) -> list[int]:
    """Channels before and after each halving: the width, doubled with every second one."""
    return [shape[0], *(config.width * 2 ** (stage // 2) for stage in range(halvings))]


def conv_encoder(shape: Shape, config: VAEConfig, out: int, blocks: bool = False) -> nn.Module:
    """Strided 4×4 convolutions, each halving the image, then fully connected hidden… → out (Burgess 2018).

    With `blocks` a residual block follows each halving.
    """
    sizes = _sizes(shape, config)
    channels = _channels(shape, config, len(sizes) - 1)
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(channels):
        layers.append(nn.Conv2d(a, b, 4, stride=2, padding=1))
        layers += [Residual(b)] if blocks else []
        layers.append(nn.ReLU(inplace=True))
    widths = [channels[-1] * prod(sizes[-1]), *config.hidden]
    return nn.Sequential(*layers, nn.Flatten(), *_dense(widths), Linear(widths[-1], out))


def conv_decoder(latent: int, config: VAEConfig, shape: Shape, blocks: bool = False) -> nn.Module:
    """Mirror of :func:`conv_encoder`; odd sizes are met by output padding."""
    sizes = _sizes(shape, config)
    channels = _channels(shape, config, len(sizes) - 1)
    widths = [latent, *reversed(config.hidden), channels[-1] * prod(sizes[-1])]
    dense = _dense(widths) if len(sizes) > 1 else _dense(widths)[:-1]  # the output itself is free
    layers = [*dense, nn.Unflatten(1, (channels[-1], *sizes[-1]))]
    for stage in reversed(range(len(sizes) - 1)):
        (h, w), (small_h, small_w) = sizes[stage], sizes[stage + 1]
        padding = (h - 2 * small_h, w - 2 * small_w)
        layers += [Residual(channels[stage + 1]), nn.ReLU(inplace=True)] if blocks else []
        layers.append(nn.ConvTranspose2d(channels[stage + 1], channels[stage], 4, 2, 1, output_padding=padding))
        if stage:
            layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class Residual(nn.Module):
    """x + f(x), f of two 3×3 convolutions, each after its ReLU (He 2016, pre-activation); no batch statistics.

    An item's code is then its own, whatever else is in the batch.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        y: Tensor = x + self.second(F.relu(self.first(F.relu(x))))
        return y


class Network(NamedTuple):
    """A pair of networks, made by ``encoder(shape, config, out)`` and ``decoder(latent, config, shape)``."""

    encoder: Callable[[Shape, VAEConfig, int], nn.Module]
    decoder: Callable[[int, VAEConfig, Shape], nn.Module]
    kinds: tuple[Kind, ...] = ("image", "table")


NETWORKS: Mapping[str, Network] = MappingProxyType(
    {
        "mlp": Network(mlp_encoder, mlp_decoder),
        "conv": Network(conv_encoder, conv_decoder, ("image",)),
        "residual": Network(partial(conv_encoder, blocks=True), partial(conv_decoder, blocks=True), ("image",)),
    }
)
