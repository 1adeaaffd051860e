"""What a guard costs a Django login: several guards measured in turns, in one run.

`cargo xtask bench` makes the environments and runs `python -m contest`. The parent process tells
one worker process for each contestant when to log in; only one of them works at a time. What was
measured is written to `docs/benchmarks.md`, which says how to read it.
"""
