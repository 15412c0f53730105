"""The vocabulary: frozen values, preparation of data, the registry, settings, safe file habits."""
