"""The promised figures, each measured beside its peer or limit: ``python -m benchmarks [ID ...] [--quick]``."""
