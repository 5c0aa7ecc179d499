"""Run by the Python of the MCP server, which knows nothing of this repository: calls its tools, over an in-memory transport.

    <python> mcp_session.py <checkout> <file of calls>

One line of JSON per call: {"tool": …, "error": null or text}.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any


async def main(checkout: Path, calls: list[list[Any]]) -> None:
    document = json.loads((checkout / "tests" / "openapi.json").read_text(encoding="utf-8"))
    for tag in document["tags"]:
        os.environ["ABS_FEATURE_" + tag["name"].upper().replace(" ", "_").replace("-", "_")] = "enabled"
    sys.path.insert(0, str(checkout))
    server = importlib.import_module("secure_endpoint_mcp.server.mcp_server").MCPServer()

    async def given() -> Any:
        return document

    server._fetch_openapi_spec = given
    await server.initialize()
    answers: dict[str, Any] = {}
    async with importlib.import_module("fastmcp").Client(server.app) as client:
        for tool, arguments in calls:
            error = None
            try:
                filled = {name: _argument(name, value, answers) for name, value in arguments.items()}
                answers[tool] = (await client.call_tool(tool, filled)).structured_content
            except Exception as failure:  # whatever a client of somebody else raises is its outcome
                error = f"{type(failure).__name__}: {failure}"
            sys.stdout.write(json.dumps({"tool": tool, "error": error}) + "\n")


def _argument(name: str, value: Any, answers: dict[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("of "):
        return answers[value.removeprefix("of ")]["data"][name]
    return value


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
