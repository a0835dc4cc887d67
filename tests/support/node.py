"""Node scripts with the stock JavaScript client, for tests: JSON lines out, one a step."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "js"
PATIENCE_S = 40.0


def prepare() -> None:
    """Install the client where it is missing or old; the test is left out without node."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node is not installed")
    if not (FOLDER / "node_modules" / "socket.io-client-oldest").exists():
        command = ["npm", "ci", "--prefix", str(FOLDER), "--ignore-scripts", "--silent"]
        subprocess.run(command, check=True, timeout=120)


def module_options(node: str) -> list[str]:
    """What makes node take `.js` for modules, as browsers do; from 22 it looks for itself."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major = re.match(r"v(\d+)", version)
    return ["--experimental-default-type=module"] if major and int(major[1]) < 22 else []


async def run_script(
    name: str, *arguments: str, client: str = "socket.io-client"
) -> dict[str, dict[str, Any]]:
    """What a script printed: step → its data. Fails with its errors when it does not end well."""
    prepare()
    process = await asyncio.create_subprocess_exec(
        "node",
        *module_options("node"),
        str(FOLDER / name),
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"CLIENT": client},
    )
    try:
        out, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        out, errors = await process.communicate()
        errors += b"\nit did not end in time"
    steps = [json.loads(line) for line in out.decode().splitlines()]
    assert process.returncode == 0, f"{errors.decode()}\nit came to: {steps[-1:]}"
    return {step.pop("step"): step for step in steps}
