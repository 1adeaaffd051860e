"""The benchmarks: their arithmetic, their turns, and that they measure what they say."""
