"""The catalogue of the pack's commands: commands.yml, what it says of each, and the papers and tests that are made of it."""

from catalogue.entries import Catalogue, Entry, read_catalogue

__all__ = ["Catalogue", "Entry", "read_catalogue"]
