"""The integration and the local tenant against the vendor's OpenAPI document of API v3.

Start with `document.py`. The document itself is not part of this repository: ABSOLUTE_OPENAPI says where it is, and what
needs it is skipped where it is absent. `python -m contract table` writes docs/operations.md.
"""
