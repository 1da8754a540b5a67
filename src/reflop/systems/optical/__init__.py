"""Optical random features: a random projection and a ridge instead of back-propagation (LightOn OPU benchmarks)."""
