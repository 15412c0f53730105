"""Everything Qt; nothing outside this package imports Qt."""
