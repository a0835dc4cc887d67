"""The page as it is served: packed, kept for ever by its address, and as written for developers."""

import re

from tests.support.product import ROOT, Product


async def test_the_page_names_packs_that_browsers_keep_for_ever(product: Product) -> None:
    """The page itself is asked for each time; where one begins decides what it loads at once."""
    _, page, headers = await product.request("GET", "/")
    assert headers["Cache-Control"] == "no-cache"
    packs = re.findall(r"/static/packed/[^\"]+", page)
    for address in packs:
        _, _, told = await product.request("GET", address)
        assert told["Cache-Control"] == "public, max-age=31536000, immutable"
        assert told["Content-Type"].startswith(("text/javascript", "text/css"))
    _, elsewhere, _ = await product.request("GET", "/projects")
    [more] = set(re.findall(r"/static/packed/[^\"]+", elsewhere)) - set(packs)
    assert "later-pages" in more


async def test_the_page_is_there_as_it_is_written(product: Product) -> None:
    _, page, _ = await product.request("GET", "/projects?unpacked")
    assert page == (ROOT / "static" / "index.html").read_text()


async def test_a_pack_of_another_version_leads_to_this_one(product: Product) -> None:
    """A page of the version before may begin while servers are replaced one after the other."""
    old = product.url + "/static/packed/app-0123456789abcdef.js"
    async with product.http.get(old, allow_redirects=False) as response:
        assert (response.status, response.headers["Cache-Control"]) == (302, "no-store")
    async with product.http.get(product.url + response.headers["Location"]) as found:
        assert found.status == 200
    later = "/static/packed/later-pages-0123456789abcdef.js"
    assert (await product.request("GET", later))[0] == 404


async def test_the_worker_stands_for_all_pages_and_is_asked_for_each_time(product: Product) -> None:
    _, worker, headers = await product.request("GET", "/sw.js")
    assert worker.startswith('self.SHELL = {"version": ')
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Content-Type"].startswith("text/javascript")
