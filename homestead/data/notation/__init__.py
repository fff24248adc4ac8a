"""How tables write values: marks of numbers, times, and what stands for a missing value."""
