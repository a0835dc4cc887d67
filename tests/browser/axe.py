"""What axe-core finds on a page: what a machine can check of WCAG A and AA, and good practice."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

_SOURCE = Path(__file__).parent.parent / "js" / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS = {"serious", "critical"}
# The page is taken as it is; axe's own promise is all that is asked of it.
_RUN = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, help, nodes }) => ({
        id, impact, help,
        nodes: nodes.slice(0, 5).map(each => `${each.html.slice(0, 140)}: ${each.failureSummary}`),
    }));
}"""


async def serious(page: Page) -> list[str]:
    """Serious and critical findings, as text. The context must bypass the page's own policy, or
    nothing may be added to it."""
    if not _SOURCE.exists():
        pytest.skip("axe-core is not installed: npm ci --prefix tests/js")
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=_SOURCE)
    found: list[dict[str, Any]] = await page.evaluate(_RUN)
    return [
        f"{each['id']}: {each['help']} {each['nodes']}"
        for each in found
        if each["impact"] in _SERIOUS
    ]
