"""The pages of a local tenant, and of whoever uses it: its tokens and devices, accounts that are connected, and a war room.

`with Console(tenant) as console:` (serving.py) serves `console.url` on loopback. The pages know no rules of their own: they call
the tenant's functions and those of the program `absolute`, and show what these say. This package stands above both, and neither
knows it.
"""
