"""The papers: README.md, CONTRIBUTING.md, docs, and what the pack tells its users. What they name exists, and their pictures.

texts.py reads the papers, names.py says what exists, checks.py holds the one against the other. `python -m papers` brings the
pictures and figures of README.md up to date.
"""
