/** Copying and saving pictures through the browser; the kernel may be on another machine. */

/** Copy a picture. The clipboard takes PNG only, so a JPEG is redrawn as one. */
export async function copyImage(url: Promise<string | undefined>): Promise<string> {
  try {
    // Safari takes what arrives after the click only as a promise within the item.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": url.then(pngOf) })]);
    return "Picture copied.";
  } catch {
    return "The browser copies pictures on https and localhost only.";
  }
}

/** Save a file where the browser saves its downloads. */
export function download(url: string, name: string) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

async function pngOf(url = "data:,"): Promise<Blob> {
  const blob = await (await fetch(url)).blob();
  if (blob.type === "image/png") return blob;
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob();
}
