"""Measuring: time, memory, counts, quality and energy, each with the interval that its repeats support."""
