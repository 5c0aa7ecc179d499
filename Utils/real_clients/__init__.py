"""Real clients of Absolute's API run against the local tenant: a tenant that refuses them would teach the wrong thing.

A package of its own, because `local_absolute` stands for the API and knows none of its clients. It is a program and no test:
the clients are other people's, and nothing of them is kept here or fetched from here. Whoever runs it brings them:

    python -m real_clients                                   what can be run, and what each needs
    python -m real_clients --document openapi.json --python <a Python that has authlib and requests> --node-modules <folder>
    python -m real_clients --tap <checkout> --tap-python <a Python with the tap's dependencies>
    python -m real_clients --pack <folder Packs/Absolute of the marketplace's pack>
    python -m real_clients --mcp <checkout> --mcp-python <a Python with the server's dependencies>

Each runs as published; only credentials and the address of the API are filled in. The report says what each call got.
"""
