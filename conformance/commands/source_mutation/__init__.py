"""Source mutants: random one-place changes in the code of the backends, to measure how much of it is held.

The mutants of ``conformance mutants`` are faults that somebody thought of, and work on any backend. These are
made of the source itself, so they also find what nobody thought of::

    python -m conformance source-mutants provider/http/sse.py --sample 50

Two tools were tried first. mutmut 3.8 leaves out functions with a decorator (88 of the 473 here: properties,
overrides, context managers), the constants of a module, returns and dropped statements, and draws no sample.
cosmic-ray 8.7 writes each mutant into the working tree and starts a process for it, which costs more than its
scenarios do, has no returns and no dropped statements either, and brings aiohttp, SQLAlchemy and GitPython.
"""
