"""Which day it is: that of the person's zone, wherever the browser is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.async_api import expect

from tests.browser.windows import PageOf
from tests.support.product import Product

TOKYO = ZoneInfo("Asia/Tokyo")
MINUTE = timedelta(minutes=1)


async def test_today_is_the_day_of_the_persons_zone_wherever_the_browser_is(
    product: Product, page_of: PageOf
) -> None:
    """[D1] [D2] In New York, with Tokyo as one's zone: what lies after Tokyo's midnight."""
    ada = await product.person("ada", timezone="Asia/Tokyo")
    now = datetime.now(TOKYO).replace(microsecond=0)
    midnight = now.replace(hour=0, minute=0, second=0)
    end = min(midnight + 20 * MINUTE, now)
    for what, begins, ends in (
        ("Before midnight", midnight - 90 * MINUTE, midnight - 30 * MINUTE),
        ("Over midnight", midnight - 10 * MINUTE, end),
    ):
        times = {"start_time": begins.isoformat(), "end_time": ends.isoformat()}
        await ada.post("/time-entries", {"description": what, **times})

    window = await page_of(ada, timezone_id="America/New_York", locale="en-US")
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text(f"{midnight:%A, %B} {midnight.day}")
    await expect(window.rows).to_have_count(1)
    row = window.row("Over midnight")
    await expect(row.locator(".row-times")).to_contain_text("11:50 PM")
    seconds = int((end - midnight).total_seconds())
    assert await window.total_s() == seconds
    assert midnight.astimezone(UTC).hour == 15


async def test_the_day_changes_at_once_when_the_zone_does(
    product: Product, page_of: PageOf
) -> None:
    """The settings offer the zones by a part of their name; the page goes over to its day."""
    ada = await product.person("ada", timezone="Pacific/Kiritimati")
    window = await page_of(ada, "/settings")
    zone = window.field("Time zone")
    await zone.fill("pago")
    await zone.press("Enter")
    await expect(zone).to_have_value("Pacific/Pago_Pago")
    await (
        window.page.get_by_role("region", name="You and your day")
        .get_by_role("button", name="Save")
        .click()
    )
    await expect(window.toasts).to_contain_text("Saved.")
    await window.go_to("Today")
    today = datetime.now(ZoneInfo("Pacific/Pago_Pago"))
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text(f"{today:%A} {today.day} {today:%B}")
