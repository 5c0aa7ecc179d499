#!/usr/bin/env bash
# The MCP SDK takes a device called null for no filter, and a misspelt filter too
#
# Guess: An argument of type `str | None` that is the text null is that text; an argument that the
#   tool does not have is an error, as it is for fastmcp.
#
# Seen: mcp decodes texts that are JSON before it checks them: "null" is None, so the tool sees no
#   filter. An unknown argument is dropped without a word. fastmcp keeps the text, and refuses the
#   unknown argument.
#
# Versions: mcp 2.3.0, fastmcp 4.2.3; Python 3.11
#
# Matters: A model that fills in null, or writes hostnames for hostname, makes 'list this device' into
#   'list all', and with a tool that changes devices it means all of them.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    mcp==2.3.0 fastmcp==4.2.3

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import asyncio
import logging
from importlib.metadata import version

from fastmcp import Client, FastMCP
from mcp.server import MCPServer

logging.disable(logging.CRITICAL)


def tool(server):
    @server.tool()
    def devices(hostname: str | None = None) -> str:
        return "all devices" if hostname is None else f"the device called {hostname}"

    return server


async def with_mcp(arguments):
    result = await tool(MCPServer("devices")).call_tool("devices", arguments)
    return getattr(result, "content", result)[0].text


async def with_fastmcp(arguments):
    async with Client(tool(FastMCP("devices"))) as client:
        return (await client.call_tool("devices", arguments)).content[0].text


found = {}
for call in (with_mcp, with_fastmcp):
    library = call.__name__.removeprefix("with_")
    for arguments in ({"hostname": "LAB-0001"}, {"hostname": "null"}, {"hostnames": "LAB-0001"}):
        try:
            answer = asyncio.run(call(arguments))
        except Exception:
            answer = "refused"
        found[library, str(arguments)] = answer
        print(f"{library} {version(library)}: {arguments} -> {answer}")
assert list(found.values()) == [
    "the device called LAB-0001",
    "all devices",
    "all devices",
    "the device called LAB-0001",
    "the device called null",
    "refused",
], found
PYTHON
