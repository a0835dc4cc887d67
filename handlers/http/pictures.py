"""/api/users/me/avatar, /api/badges/{badge_id}/image, and /media, where pictures are served."""

from aiohttp import web

from handlers.actions import pictures
from handlers.actions.images import MOST_BYTES
from handlers.http.api import Api
from handlers.http.call import SERVICES, Call
from handlers.http.operation import Upload
from handlers.http.parsing import file_of
from handlers.messages.pictures import AvatarView, ImageView
from rooms.errors import NotFound, Unavailable
from storage.media import SIZES, MediaAway
from storage.pictures import owner_of

api = Api()
_PICTURE = Upload(("multipart/form-data",), MOST_BYTES, "image")
# A name is never given twice, so what it stands for never changes.
_FOR_EVER = "public, max-age=31536000, immutable"


@api.call(
    "PUT", "/users/me/avatar", tag="Users", upload=_PICTURE, answer=AvatarView,
    errors=("unavailable",),
)  # fmt: skip
async def set_avatar(call: Call) -> AvatarView:
    """Give oneself a picture: JPEG, PNG, WebP or GIF, of which the middle becomes a square."""
    raw = await file_of(call.request, _PICTURE)
    return await pictures.set_avatar(call.services, call.user, raw, call.command_id)


@api.call("DELETE", "/users/me/avatar", tag="Users", status=204)
async def remove_avatar(call: Call) -> None:
    """Take one's picture away."""
    await pictures.remove_avatar(call.services, call.user, call.command_id)


@api.call(
    "PUT", "/badges/{badge_id}/image", tag="Earned", access="admin", upload=_PICTURE,
    answer=ImageView, errors=("not_found", "unavailable"),
)  # fmt: skip
async def set_badge_image(call: Call, badge_id: int) -> ImageView:
    """Give a badge a picture (admins)."""
    raw = await file_of(call.request, _PICTURE)
    return await pictures.set_badge_image(call.services, call.user, badge_id, raw, call.command_id)


@api.call(
    "DELETE", "/badges/{badge_id}/image", tag="Earned", access="admin", status=204,
    errors=("not_found",),
)  # fmt: skip
async def remove_badge_image(call: Call, badge_id: int) -> None:
    """Take a badge's picture away (admins)."""
    await pictures.remove_badge_image(call.services, call.user, badge_id, call.command_id)


def add_media(app: web.Application) -> None:
    """Serve the pictures that are kept here."""
    sizes = "|".join(map(str, SIZES))
    app.router.add_get(f"/media/{{name}}/{{size:{sizes}}}.webp", serve_picture)


async def serve_picture(request: web.Request) -> web.Response:
    """A picture, to be kept for a year. Raises NotFound and Unavailable."""
    name, size = request.match_info["name"], int(request.match_info["size"])
    if owner_of(name) is None:
        raise NotFound("There is no such picture.")
    try:
        body = await request.app[SERVICES].media.get(name, size)
    except MediaAway as error:
        raise Unavailable("The store of pictures does not answer.", retry_after_s=5) from error
    if body is None:
        raise NotFound("There is no such picture.")
    return web.Response(body=body, content_type="image/webp", headers={"Cache-Control": _FOR_EVER})
