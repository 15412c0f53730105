"""The loop, its settings, and the run folder that records a training."""
