"""Playbooks as pictures: lays them out for the platform's editor, and draws them for their READMEs.

graph.py reads a playbook; layers.py, crossings.py, coordinates.py and tracks.py are the steps of layout.py; view.py writes
positions into the YAML; drawing.py draws; files.py says which file belongs to which. `python -m playbook_pictures`.
"""
