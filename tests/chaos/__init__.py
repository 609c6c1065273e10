"""The chaos suite: `atelier run` as it is, a stream of jobs, and processes that die all the time.

What it shows is that every accepted job ends in exactly one visible answer. `test_chaos` is the
short form, `python -m tests.chaos` the long one.
"""
