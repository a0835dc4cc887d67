// @ts-check
/** The square middle of a picture that a person chose, small enough to be sent from a phone. */
import { middleOf } from "../domain/avatar.js";

const SIDE = 512;

/** Null for what is no picture to this browser. @param {Blob} file @returns {Promise<{picture: Blob, preview: string}|null>} */
export async function squareOf(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const { x, y, side } = middleOf(bitmap.width, bitmap.height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, x, y, side, side, 0, 0, SIDE, SIDE);
  bitmap.close();
  /** @type {Blob|null} */
  const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.92)); // PNG where the browser writes no WebP
  return picture && { picture, preview: canvas.toDataURL("image/webp", 0.92) };
}
