"""Pictures of people and badges.

An address leads to the picture with 512 pixels a side; with `/128.webp` at its end in place of
`/512.webp` to the small one. One that begins with `/` is on this server.
"""

from handlers.messages.common import View


class AvatarView(View, frozen=True, kw_only=True):
    avatar_url: str


class ImageView(View, frozen=True, kw_only=True):
    image_url: str
