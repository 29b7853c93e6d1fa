"""The shared NumPy modules that every paper and project stands on."""
