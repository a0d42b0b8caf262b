"""Figures of speed, as ratios in one run: ``python -m tests.bench`` prints them as a table. Nothing is asserted."""
