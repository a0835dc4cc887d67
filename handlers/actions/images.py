"""Pictures of users, decoded and made anew off the event loop: nothing of the file itself is kept.

What others will load is ours: WebP of known sizes, without places, cameras and whatever else hides
in a file.
"""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from rooms.errors import TooLarge, UnsupportedMediaType
from storage.media import SIZES

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 82


class Images:
    """One thread that works on pictures, so that many at once take turns and not the memory."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="images")

    async def squares(self, raw: bytes) -> dict[int, bytes]:
        """The middle of a picture as WebP squares, by their size in pixels.

        Raises UnsupportedMediaType for what is no picture, and TooLarge for too many pixels.
        """
        return await asyncio.wrap_future(self._pool.submit(squares_of, raw))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def squares_of(raw: bytes) -> dict[int, bytes]:
    """What `Images.squares` answers, in the caller's own thread."""
    try:
        # Opening reads the head only, so the size is known before anything is unpacked.
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise TooLarge(_TOO_MANY)
            image.draft("RGB", (2 * SIZES[0], 2 * SIZES[0]))
            return _squares(image)
    except Image.DecompressionBombError:
        raise TooLarge(_TOO_MANY) from None
    except UnidentifiedImageError:
        raise UnsupportedMediaType(_WORDS) from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        # Broken or cut off: each decoder has errors of its own for that.
        raise UnsupportedMediaType(_WORDS) from error


_TOO_MANY = f"A picture may have {MOST_PIXELS // 1_000_000} million pixels."
# EXIF 2.3, tag 0x0112.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_WORDS = "The file must be a picture: JPEG, PNG, WebP or GIF."


def _squares(image: Image.Image) -> dict[int, bytes]:
    upright = _upright(image)
    clear = "A" in upright.getbands() or "transparency" in upright.info
    plain = upright.convert("RGBA" if clear else "RGB")
    largest = ImageOps.fit(plain, (SIZES[0], SIZES[0]), Image.Resampling.LANCZOS)
    return {size: _webp(largest, size) for size in SIZES}


def _upright(image: Image.Image) -> Image.Image:
    """The picture as its camera was held. Pillow's own way writes all that a camera notes anew,
    and fails where some of it is odd."""
    image.load()  # in a PNG it may stand last
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if turn is None else image.transpose(turn)


def _webp(image: Image.Image, size: int) -> bytes:
    smaller = image if image.width == size else image.resize((size, size), Image.Resampling.LANCZOS)
    # A new picture, so that nothing which came with the file goes along.
    fresh = Image.new(smaller.mode, smaller.size)
    fresh.paste(smaller)
    made = io.BytesIO()
    fresh.save(made, "WEBP", quality=_QUALITY, method=4)
    return made.getvalue()
