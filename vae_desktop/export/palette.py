"""Colours of classes on white, told apart by colour-blind people, too."""

PALETTE = (
    "#2f6fde", "#d9661f", "#2f9447", "#d13a6a", "#7d4fd0", "#a87a12", "#12858c", "#b8459a", "#66728a", "#7c8a00",
)  # fmt: skip
