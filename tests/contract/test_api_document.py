"""The client in docs/API.md, run as it stands there."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import node
from tests.support.product import Person
from tests.support.tcp import Line, line_to

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "API.md"


class Mirror:
    """The running client; `lines` are what it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []

    async def line(self) -> str:
        """The next line that it prints of timers; badges and streaks come when they come."""
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            while raw := await self._process.stdout.readline():
                self.lines.append(raw.decode().strip())
                if self.lines[-1].startswith(("ready ", "timer:")):
                    return self.lines[-1]
        raise AssertionError(f"it has ended: {self.lines}")


@pytest.fixture
async def line(ada: Person) -> AsyncIterator[Line]:
    port = urlsplit(ada.product.url).port
    async with line_to(host="127.0.0.1", port=port) as opened:
        yield opened


@pytest.fixture
async def mirror(ada: Person, line: Line, tmp_path: Path) -> AsyncIterator[Mirror]:
    """The only JavaScript of the document, started as it says."""
    node.prepare()
    (code,) = re.findall(
        r"^```js\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "mirror.mjs").write_text(code, "utf-8")
    (tmp_path / "node_modules").symlink_to(node.FOLDER / "node_modules")
    process = await asyncio.create_subprocess_exec(
        "node", str(tmp_path / "mirror.mjs"), f"http://127.0.0.1:{line.port}", ada.token,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    yield Mirror(process)
    process.kill()
    await process.wait()


async def test_the_client_of_the_document_never_misses_anything(
    ada: Person, line: Line, mirror: Mirror
) -> None:
    assert await mirror.line() == "ready nothing runs"
    await ada.post("/time-entries", {"description": "write"})
    assert await mirror.line() == "timer:started write"
    line.cut()
    await ada.post("/time-entries", {"description": "call"})
    current = await ada.get("/time-entries/current")
    await ada.done("PATCH", f"/time-entries/{current['entry']['id']}", {"description": "ring"})
    line.mend()
    told = [await mirror.line() for _ in range(3)]
    assert told == ["timer:stopped nothing runs", "timer:started call", "timer:updated ring"]
    await ada.done("PUT", f"/time-entries/{current['entry']['id']}/end", {})
    assert await mirror.line() == "timer:stopped nothing runs"
