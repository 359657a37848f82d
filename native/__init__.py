"""The wire: C under cffi. wrap.py and build.py are the only Python that knows the ABI."""
