"""Measured figures, each beside a baseline of the same run: `make bench`; where a command's time goes: `make profile`."""
