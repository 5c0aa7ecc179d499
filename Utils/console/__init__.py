"""The pages of a local tenant: what its administrators see, and what its devices show.

`with Console(tenant) as console:` serves `console.url` on loopback. The pages know no rules of their own: they call the
tenant's functions and show what these say. This package stands above both stand-ins, and nothing of the tenant knows it.
"""

from .application import create_app
from .serving import Console

__all__ = ["Console", "create_app"]
