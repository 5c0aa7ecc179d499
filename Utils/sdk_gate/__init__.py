"""The gate of demisto-sdk: what a content pack has to pass before the platform's maintainers look at it.

`python -m sdk_gate` runs it by hand (make validate, make pack, make docs).
"""
