/**
 * How large everything in the table is. All rows are equally tall and all columns equally wide, so that a place can be
 * computed.
 */

import { ratioOf } from "../../shared/ratio.ts";
import type { Size } from "../state/store.ts";

export const SIZES: Record<Size, number> = { S: 88, M: 136, L: 208 };

const PAD = 8;
const CAPTION = 20;
const NARROWEST = 56;
const HEAD = 132;
const HEAD_OF_WORDS = 190;
const HEAD_WHEN_NARROW = 108;
const NARROW = 560;
const LINE = 32;
const LINE_OF_WORDS = 50;

const isWords = (axis: string) => axis === "prompt" || axis === "template";

export interface Measures {
  /** The room of a picture. */
  across: number;
  down: number;
  cellWidth: number;
  cellHeight: number;
  /** The heads of the rows: the axes of each, and how wide it is. */
  rowLevels: { axes: number[]; width: number; left: number }[];
  /** The heads of the columns, one line for each axis. */
  columnLevels: { axis: number | null; height: number; top: number }[];
  /** What the heads take away at the table's left and top. */
  headWidth: number;
  headHeight: number;
  captions: boolean;
}

interface Given {
  size: Size;
  shapes: readonly string[];
  rows: readonly string[];
  columns: readonly string[];
  /** Of the view, in pixels. */
  width: number;
}

/** Measure a table. */
export function measure({ size, shapes, rows, columns, width }: Given): Measures {
  const side = SIZES[size];
  const ratios = shapes.map(ratioOf);
  const across = Math.round(Math.max(NARROWEST, ...ratios.map((ratio) => side * Math.min(1, ratio))));
  const down = Math.round(Math.max(NARROWEST, ...ratios.map((ratio) => side / Math.max(1, ratio))));
  // Where an axis says the seed, the tiles need not.
  const captions = ![...rows, ...columns].includes("seed");
  const all = rows.map((_, axis) => axis);
  const widths =
    width < NARROW && rows.length > 0
      ? [{ axes: all, width: HEAD_WHEN_NARROW }]
      : all.map((axis) => ({ axes: [axis], width: isWords(rows[axis] ?? "") ? HEAD_OF_WORDS : HEAD }));
  let headWidth = 0;
  const rowLevels = widths.map((level) => {
    const left = headWidth;
    headWidth += level.width;
    return { ...level, left };
  });
  let headHeight = 0;
  // Without an axis across there is one column, which needs a head too.
  const named: (string | null)[] = columns.length > 0 ? [...columns] : [null];
  const columnLevels = named.map((name, place) => {
    const axis = name === null ? null : place;
    const top = headHeight;
    const height = isWords(name ?? "") ? LINE_OF_WORDS : LINE;
    headHeight += height;
    return { axis, height, top };
  });
  return {
    across,
    down,
    cellWidth: across + 2 * PAD,
    cellHeight: down + 2 * PAD + (captions ? CAPTION : 0),
    rowLevels,
    columnLevels,
    headWidth,
    headHeight,
    captions,
  };
}

/** What of a row of equal things is in sight, with a spare one on each side. */
export function inSight(scrolled: number, room: number, each: number, total: number): [number, number] {
  const first = Math.max(0, Math.floor(scrolled / each) - 1);
  return [Math.min(first, Math.max(0, total - 1)), Math.min(total, Math.ceil((scrolled + room) / each) + 1)];
}
