"""Jobs as an operator sees them: beside the servers, and while these go down."""

import asyncio
import re
import signal
import socket

import asyncpg

from tests.support.databases import Databases
from tests.support.product import SECRET, Person, Product, serving, start_process, stop_process
from tests.support.smtp import Post, post_office

SENDER = "FocusHub <focus@hub.example>"


def mailing(post: Post) -> dict[str, str]:
    return {"SMTP_URL": f"smtp://127.0.0.1:{post.port}", "SMTP_FROM": SENDER}


async def wants_mail(product: Product) -> tuple[Person, Person]:
    """Somebody who is mailed when the other one makes a public project."""
    reader, maker = await product.person("reader"), await product.person("maker")
    await reader.done("PUT", f"/users/{maker.id}/follow")
    await reader.done(
        "PATCH", "/notifications/preferences", {"kind": "project_created", "email": True}
    )
    return reader, maker


async def test_a_worker_does_the_jobs_of_servers_that_do_none(
    databases: Databases, shared_product: Product
) -> None:
    url, redis_url = await databases.make(), shared_product.redis_url
    async with post_office() as post, serving(url, redis_url, JOBS="off", **mailing(post)) as here:
        reader, maker = await wants_mail(here)
        live = await reader.connect()
        await maker.project("Far away", visibility="public")
        await asyncio.sleep(1.5)
        assert await reader.get("/notifications") == []
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        addresses = {"DATABASE_URL": url, "REDIS_URL": redis_url, "JWT_SECRET": SECRET}
        worker = start_process("worker", "--port", str(port), **addresses, **mailing(post))
        try:
            assert worker.stdout is not None
            assert "works on jobs" in await asyncio.to_thread(worker.stdout.readline)
            letter = await post.letter()
            assert letter["To"] == reader.email
            told = await live.expect("notification:created")
            assert told["data"]["notification"]["kind"] == "project_created"
            async with here.http.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            async with here.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
                numbers = await answer.text()
            assert re.search(r'jobs_done_total\{kind="project_created"\} 1\.0', numbers)
        finally:
            worker.send_signal(signal.SIGTERM)
            assert stop_process(worker) == 0


async def test_a_server_that_goes_down_sends_the_mail_that_is_under_way(
    databases: Databases, shared_product: Product
) -> None:
    url = await databases.make()
    async with (
        post_office() as post,
        serving(url, shared_product.redis_url, **mailing(post)) as here,
    ):
        post.takes_s = 1.0
        _, maker = await wants_mail(here)
        await maker.project("Last words", visibility="public")
        async with asyncio.timeout(10):
            await post.holding.wait()
        assert here.process is not None
        assert await asyncio.to_thread(stop_process, here.process) == 0
        assert len(post.letters) == 1
        sql = await asyncpg.connect(url)
        assert await sql.fetchval("select count(*) from pgqueuer") == 0
        await sql.close()
