import type { PictureInfo } from "../../src/shared/protocol.ts";

const SKIES: readonly [string, string, string][] = [
  ["#2b1d4f", "#b8432f", "#e8894a"],
  ["#0f2c4f", "#3a7ca5", "#f2d6a2"],
  ["#123a33", "#3f8f6b", "#f0e2a8"],
  ["#3a1030", "#a13d63", "#f3b391"],
];

/** So many different posters there are of one size: a view of thousands asks for thousands, and painting is slow. */
const POSTERS = 12;
const painted = new Map<string, Promise<Blob>>();

/** A small poster for a picture, always the same for the same seed. */
export function paint({ seed, width, height }: PictureInfo, across: number): Promise<Blob> {
  const w = Math.min(across, 1344);
  const h = Math.round((w * height) / width);
  const name = `${seed % POSTERS} ${w}×${h}`;
  const poster = painted.get(name) ?? paintPoster(seed % POSTERS, w, h);
  painted.set(name, poster);
  return poster;
}

async function paintPoster(seed: number, w: number, h: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(w, h);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  const [top, middle, low] = SKIES[seed % SKIES.length] ?? ["#000", "#333", "#666"];
  const sky = pen.createLinearGradient(0, 0, 0, h);
  sky.addColorStop(0, top);
  sky.addColorStop(0.6, middle);
  sky.addColorStop(1, low);
  pen.fillStyle = sky;
  pen.fillRect(0, 0, w, h);
  pen.fillStyle = "#f6dcae";
  pen.beginPath();
  pen.arc(w * (0.68 + (seed % 3) * 0.04), h * 0.34, Math.min(w, h) * 0.17, 0, 7);
  pen.fill();
  for (const [level, colour] of [
    [0.72, `${top}cc`],
    [0.85, top],
  ] as const) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(0, h);
    for (let x = 0; x <= w; x += 4)
      pen.lineTo(x, h * level + Math.sin(x / (w / 7) + seed + level * 9) * h * 0.06);
    pen.lineTo(w, h);
    pen.fill();
  }
  pen.fillStyle = "#fbeed6";
  pen.font = `700 ${Math.min(w, h) * 0.17}px system-ui, sans-serif`;
  pen.fillText("VISIT", w * 0.08, h * 0.3);
  pen.fillText("MARS", w * 0.08, h * 0.5);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
}
