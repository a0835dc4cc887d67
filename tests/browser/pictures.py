"""Pages on a phone and on a desk, light and dark: they fit, and are kept as pictures."""

from pathlib import Path

from playwright.async_api import Page, ViewportSize

from tests.browser.windows import Window

SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "desk": {"width": 1280, "height": 800},
}


async def keep(window: Window, name: str, pictures: Path, *, whole: bool = True) -> None:
    """A picture of the whole page, or of what the window shows of it, in each size and colour;
    none may be wider than its window."""
    for size, viewport in SIZES.items():
        await window.page.set_viewport_size(viewport)
        await fits(window.page, f"{name} on a {size}")
        for scheme in ("light", "dark"):
            await window.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            path = pictures / f"{name}-{size}-{scheme}.png"
            await window.page.screenshot(path=path, full_page=whole, caret="initial")


async def fits(page: Page, name: str) -> None:
    """Nothing reaches beyond the right edge, whether or not one could scroll there."""
    beyond = await page.locator("#page *:visible").evaluate_all(
        """nodes => nodes
            .filter(node => node.getBoundingClientRect().right > innerWidth + 0.5)
            .map(node => node.outerHTML.slice(0, 100))"""
    )
    width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert (beyond, max(width, 0)) == ([], 0), name
