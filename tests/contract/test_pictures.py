"""Pictures of people and badges: made anew, kept where the settings say, and removed."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from PIL import Image

from handlers.actions.images import MOST_BYTES
from handlers.actions.pictures import Unused, remove_unused
from server.settings import SettingsError, load_settings
from storage.embedded import Embedded
from storage.media import Cloudinary, Media, ObjectMedia, signature
from storage.pictures import Owner, owner_of
from tests.support import schemas, stores
from tests.support.product import Person, Product, serving

RED, BLUE = (250, 10, 10), (10, 10, 250)


def picture(form: str = "PNG", size: tuple[int, int] = (600, 300), **options: Any) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    made = io.BytesIO()
    image.save(made, form, **options)
    return made.getvalue()


def bomb() -> bytes:
    """A small PNG that says it has 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def put(
    person: Person, raw: bytes, path: str = "/users/me/avatar", name: str = "image",
    content_type: str = "image/png",
) -> tuple[int, Any]:  # fmt: skip
    form = aiohttp.FormData()
    form.add_field(name, raw, filename="me.png", content_type=content_type)
    headers = {"Authorization": f"Bearer {person.token}"}
    url = f"{person.product.url}/api{path}"
    async with person.product.http.put(url, data=form, headers=headers) as response:
        answer = await response.json()
        schemas.check_answer("PUT", f"/api{path}", response.status, answer)
        return response.status, answer


async def load(product: Product, url: str) -> tuple[int, Image.Image | None, Any]:
    async with product.http.get(product.url + url) as response:
        raw = await response.read()
        image = Image.open(io.BytesIO(raw)) if response.status == 200 else None
        return response.status, image, response.headers


def colour(image: Image.Image, x: float, y: float) -> str:
    pixel = image.convert("RGB").getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(pixel, tuple)
    return "red" if pixel[0] > pixel[2] else "blue"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_becomes_two_squares_of_webp_to_keep_for_ever(
    ada: Person, bo: Person, form: str
) -> None:
    status, answer = await put(ada, picture(form))
    assert status == 200, answer
    url = answer["avatar_url"]
    for side in (512, 128):
        status, image, headers = await load(ada.product, url.replace("/512.", f"/{side}."))
        assert status == 200
        assert image is not None
        assert (image.format, image.size) == ("WEBP", (side, side))
        assert (colour(image, 0.1, 0.5), colour(image, 0.9, 0.5)) == ("red", "blue")
        assert headers["Content-Type"] == "image/webp"
        assert "immutable" in headers["Cache-Control"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert (await ada.get("/users/me"))["avatar_url"] == url
    assert (await bo.get(f"/users/{ada.id}/profile"))["avatar_url"] == url


async def test_it_is_shown_wherever_one_is_a_member_and_told_at_once(
    ada: Person, bo: Person
) -> None:
    """Projects and rooms, and what is told of them."""
    project_id = await ada.project()
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    slug = (await bo.post("/rooms", {"name": "Quiet"}))["slug"]
    live, phone = await ada.connect(), await bo.connect()
    await live.do("channel:subscribe", channel=f"project:{project_id}")
    _, answer = await put(bo, picture())
    url = answer["avatar_url"]
    told = await live.expect("member:updated")
    assert told["data"]["member"]["avatar_url"] == url
    assert (await phone.expect("user:updated"))["data"]["user"]["avatar_url"] == url
    members = (await ada.get(f"/projects/{project_id}"))["members"]
    assert [member["avatar_url"] for member in members] == [None, url]
    joined = await phone.do("room:join", room=slug)
    assert [member["avatar_url"] for member in joined["snapshot"]["members"]] == [url]
    await bo.done("DELETE", "/users/me/avatar")
    await live.expect("member:updated", lambda told: told["data"]["member"]["avatar_url"] is None)


async def test_it_stands_upright_and_says_nothing_of_where_it_was_taken(ada: Person) -> None:
    """A camera held sideways notes it; what else it notes is left out."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it upright
    exif[0x010F] = "a camera of Ada's"
    exif.get_ifd(0x8825)[1] = "N"
    _, answer = await put(ada, picture("JPEG", (400, 400), exif=exif, quality=95))
    _, image, _ = await load(ada.product, answer["avatar_url"])
    assert image is not None
    assert (colour(image, 0.5, 0.1), colour(image, 0.5, 0.9)) == ("red", "blue")
    assert not image.getexif()
    assert "icc_profile" not in image.info


async def test_what_a_camera_notes_wrongly_is_passed_over(ada: Person) -> None:
    """Pillow reads these notes, and could not write them again."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    # A text where another list of notes should be.
    odd = exif.tobytes().replace(struct.pack(">HH", 0x010F, 2), struct.pack(">HH", 0xA005, 2))
    assert odd != exif.tobytes()
    status, answer = await put(ada, picture("JPEG", exif=odd))
    assert status == 200, answer


async def test_what_is_clear_stays_clear(ada: Person) -> None:
    made = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(made, "PNG")
    _, answer = await put(ada, made.getvalue())
    _, image, _ = await load(ada.product, answer["avatar_url"])
    assert image is not None
    assert image.convert("RGBA").getpixel((9, 9)) == (0, 0, 0, 0)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "raw, status, code",
    [
        (SVG, 415, "unsupported_media_type"),
        (b"", 415, "unsupported_media_type"),
        (b"<html>", 415, "unsupported_media_type"),
        (picture()[:-300], 415, "unsupported_media_type"),
        (picture("BMP"), 415, "unsupported_media_type"),
        (picture("TIFF"), 415, "unsupported_media_type"),
        (bomb(), 413, "too_large"),
        (picture() + b"\0" * MOST_BYTES, 413, "too_large"),
    ],
    ids=["svg", "empty", "html", "cut off", "bmp", "tiff", "too many pixels", "too many bytes"],
)
async def test_what_is_no_picture_changes_nothing(
    ada: Person, raw: bytes, status: int, code: str
) -> None:
    answered, problem = await put(ada, raw)
    assert (answered, problem["code"]) == (status, code)
    assert (await ada.get("/users/me"))["avatar_url"] is None


async def test_other_bodies_are_refused_in_words(ada: Person) -> None:
    status, problem = await put(ada, picture(), name="photo")
    assert (status, problem["errors"][0]["field"]) == (422, "image")
    status, problem = await ada.call("PUT", "/users/me/avatar", {"image": "x"})
    assert (status, problem["code"]) == (415, "unsupported_media_type")
    headers = {"Content_Type": "multipart/form-data; boundary=x"}
    status, problem = await ada.call("PUT", "/users/me/avatar", b"no parts", **headers)
    assert (status, problem["code"]) == (400, "malformed")
    assert (await ada.product.request("PUT", "/api/users/me/avatar", b""))[0] == 401


_OTHER = b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n'
_NESTED = b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n"


@pytest.mark.parametrize(
    "body, status, code",
    [
        (_OTHER.replace(b"other", b"_charset_") + b"x" * 40, 400, "malformed"),
        (b"--x\r\n" + b"".join(_NESTED % (n, n) for n in range(3000)), 400, "malformed"),
        (_OTHER + b"x" * 2 * MOST_BYTES, 413, "too_large"),
        (b"before the first\r\n" * (MOST_BYTES // 8), 413, "too_large"),
    ],
    ids=["charset", "nested", "another part", "no part"],
)
async def test_parts_that_are_none_cost_no_more_than_the_picture_could(
    ada: Person, body: bytes, status: int, code: str
) -> None:
    """Sent without saying how long it is."""

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 65_536):
            yield body[at : at + 65_536]

    headers = {
        "Authorization": f"Bearer {ada.token}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    url = f"{ada.product.url}/api/users/me/avatar"
    async with ada.product.http.put(url, data=pieces(), headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (status, code)


async def test_the_picture_of_who_was_suspended_goes_with_their_account(
    product: Product, ada: Person
) -> None:
    """[V3] Though they are not there, to most readers, when it is deleted."""
    admin = await product.person(role="admin")
    _, answer = await put(ada, picture())
    await admin.post(f"/admin/users/{ada.id}/suspend")
    assert (await admin.call("DELETE", f"/admin/users/{ada.id}"))[0] == 204
    sql = await asyncpg.connect(product.database_url)
    key = f"picture:{answer['avatar_url'].split('/')[2]}"
    jobs = await sql.fetchval("select count(*) from pgqueuer where dedupe_key = $1", key)
    await sql.close()
    assert jobs == 1


async def test_a_picture_that_is_replaced_or_taken_away_is_removed_later(
    ada: Person,
) -> None:
    """Not at once, for others still see it; and never while it is shown."""
    product = ada.product
    _, first = await put(ada, picture())
    _, second = await put(ada, picture("JPEG"))
    assert first != second
    sql = await asyncpg.connect(product.database_url)
    try:
        waiting = {
            row["payload"].decode(): row["execute_after"] - row["created"]
            for row in await sql.fetch(
                "select payload, execute_after, created from pgqueuer where entrypoint = $1",
                "picture_unused",
            )
        }
    finally:
        await sql.close()
    for url in (first["avatar_url"], second["avatar_url"]):
        name = url.split("/")[2]
        delay = next(wait for told, wait in waiting.items() if name in told)
        assert delay >= timedelta(minutes=59)
    assert (await load(product, first["avatar_url"]))[0] == 200
    assert (await ada.call("DELETE", "/users/me/avatar"))[0] == 204
    assert (await ada.get("/users/me"))["avatar_url"] is None


async def test_only_what_nobody_shows_is_removed(instance: Any, tmp_path: Path) -> None:
    services = instance.services
    media = ObjectMedia.in_folder(tmp_path / "pictures")
    services.media = media
    async with services.db.acquire() as sql:
        user_id = await sql.fetchval(
            "insert into users (email, username) values ('a@example.org', 'ada') returning id"
        )
        owner = Owner("user", user_id)
        shown, gone = owner.name("a" * 32), owner.name("b" * 32)
        urls = {name: await media.put(name, {512: b"x", 128: b"y"}) for name in (shown, gone)}
        await sql.execute("update users set avatar_url = $1", urls[shown])
    for name in (shown, gone, gone):
        await remove_unused(services, Unused(name))
    assert await media.get(shown, 128) == b"y"
    assert await media.get(gone, 128) is None


def test_nobody_can_have_the_picture_of_somebody_else_removed() -> None:
    """An address is whatever its owner says, so the name in it says whose the picture is."""
    hers = Owner("user", 12).name("c" * 32)
    assert Owner("user", 12).name_in(f"/media/{hers}/512.webp") == hers
    for other in (Owner("user", 1), Owner("user", 121), Owner("badge", 12)):
        assert other.name_in(f"https://res.cloudinary.com/x/{hers}/512.webp") is None
    assert owner_of(hers) == Owner("user", 12)
    assert owner_of("../../secret") is None


@pytest.mark.parametrize(
    "path",
    [
        "/media/user-1-" + "0" * 32 + "/512.webp",
        "/media/user-1-" + "0" * 32 + "/64.webp",
        "/media/..%2f..%2fetc%2fpasswd/512.webp",
        "/media/badge-1-x/512.webp",
    ],
)
async def test_a_picture_that_is_not_there_is_not_found(product: Product, path: str) -> None:
    status, problem, _ = await product.request("GET", path)
    assert (status, problem["code"]) == (404, "not_found")


async def test_admins_give_badges_pictures(product: Product, ada: Person) -> None:
    admin = await product.person(role="admin")
    badge = await admin.post(
        "/badges",
        {"key": f"pictured_{admin.id}", "name": "Pictured", "description": "",
         "criteria": {"metric": "entries", "gte": 10**6}},
    )  # fmt: skip
    path = f"/badges/{badge['badge_id']}/image"
    assert (await put(ada, picture(), path))[0] == 403
    status, answer = await put(admin, picture(), path)
    assert status == 200, answer
    shown = {b["badge_id"]: b["image_url"] for b in await ada.get("/badges")}
    assert shown[badge["badge_id"]] == answer["image_url"]
    assert (await load(product, answer["image_url"]))[0] == 200
    assert (await put(admin, picture(), "/badges/999999999/image"))[0] == 404
    assert (await admin.call("DELETE", path))[0] == 204
    assert (await admin.call("DELETE", f"/badges/{badge['badge_id']}"))[0] == 204


@pytest.fixture
async def bucket() -> AsyncIterator[stores.Store]:
    async with stores.s3() as store:
        yield store


@pytest.fixture
async def cloud() -> AsyncIterator[stores.Store]:
    async with stores.cloudinary() as store:
        yield store


async def test_pictures_may_lie_in_s3(
    servers: Embedded, database_url: str, bucket: stores.Store
) -> None:
    async with serving(
        database_url, servers.redis_url, S3_BUCKET=stores.BUCKET, S3_ENDPOINT=bucket.url,
        S3_REGION=stores.REGION, S3_ACCESS_KEY_ID=stores.KEY, S3_SECRET_ACCESS_KEY=stores.SECRET,
    ) as product:  # fmt: skip
        person = await product.person()
        status, answer = await put(person, picture())
        assert status == 200, (answer, bucket.refused)
        name = answer["avatar_url"].split("/")[2]
        assert set(bucket.kept) == {f"focushub/{name}/512.webp", f"focushub/{name}/128.webp"}
        assert (await load(product, answer["avatar_url"]))[0] == 200
        bucket.broken = True
        status, problem = await put(person, picture())
        assert (status, problem["code"]) == (503, "unavailable")
        assert (await person.get("/users/me"))["avatar_url"] == answer["avatar_url"]
        assert (await product.request("GET", answer["avatar_url"]))[0] == 503
    assert set(bucket.refused) == {"broken"}


async def test_pictures_may_lie_in_cloudinary(
    servers: Embedded, database_url: str, cloud: stores.Store
) -> None:
    async with serving(
        database_url, servers.redis_url, CLOUDINARY_CLOUD_NAME=stores.CLOUD,
        CLOUDINARY_API_KEY=stores.KEY, CLOUDINARY_API_SECRET=stores.SECRET,
        CLOUDINARY_API_URL=cloud.url,
    ) as product:  # fmt: skip
        person = await product.person()
        status, answer = await put(person, picture())
        assert status == 200, (answer, cloud.refused)
        url = answer["avatar_url"]
        name = url.split("/")[-2]
        assert url == (
            f"https://res.cloudinary.com/{stores.CLOUD}/image/upload/focushub/{name}/512.webp"
        )
        assert set(cloud.kept) == {f"focushub/{name}/512", f"focushub/{name}/128"}
        cloud.broken = True
        status, problem = await put(person, picture())
        assert (status, problem["code"]) == (503, "unavailable")
    assert cloud.refused == []


async def test_each_store_removes_and_does_not_mind_doing_it_twice(
    bucket: stores.Store, cloud: stores.Store, tmp_path: Path
) -> None:
    kept: list[Media] = [
        ObjectMedia.in_folder(tmp_path),
        ObjectMedia.in_bucket(stores.BUCKET, stores.REGION, stores.KEY, stores.SECRET, bucket.url),
        Cloudinary(stores.CLOUD, stores.KEY, stores.SECRET, cloud.url),
    ]
    for media in kept:
        name = Owner("user", 7).name("d" * 32)
        await media.put(name, {512: b"x", 128: b"y"})
        await media.remove(name)
        await media.remove(name)
        assert await media.get(name, 512) is None
        await media.close()
    assert (bucket.kept, cloud.kept) == ({}, {})


def test_the_signature_is_the_one_of_the_published_example() -> None:
    told = {
        "public_id": "sample_image",
        "timestamp": "1315060510",
        "eager": "w_400,h_300,c_pad|w_260,h_200,c_crop",
    }
    assert signature(told, "abcd") == "bfd09f95f331f558cbd1320e67aa8d488770583e"


@pytest.mark.parametrize(
    "settings, word",
    [
        ({"s3_bucket": "b"}, "S3_ACCESS_KEY_ID"),
        ({"cloudinary_api_key": "k"}, "CLOUDINARY_CLOUD_NAME"),
        ({"s3_bucket": "b", "s3_access_key_id": "k", "s3_secret_access_key": "s",
          "cloudinary_cloud_name": "c", "cloudinary_api_key": "k",
          "cloudinary_api_secret": "s"}, "S3_BUCKET"),
        ({"s3_endpoint": "nowhere"}, "S3_ENDPOINT"),
    ],
)  # fmt: skip
def test_half_a_store_stops_the_start(settings: dict[str, str], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        load_settings(**settings)
