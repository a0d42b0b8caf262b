/**
 * The messages between the kernel and the grid, and the traits that they share.
 *
 * The kernel's side of this file is `qwen_notebook/experiments/grid/protocol.py`; `tests/messages/grid.json` has an
 * example of every message, and the tests of both sides read it.
 */

import type {
  ErrorInfo,
  Hello,
  ModelOf,
  MoneyInfo,
  PictureInfo,
  Request,
  ToPanel,
  Want,
} from "../shared/protocol.ts";

/** The part of the table that a view shows, with the axes that go down and across. */
export type Window = {
  kind: "window";
  rows: readonly string[];
  columns: readonly string[];
  top: number;
  left: number;
  height: number;
  width: number;
};
export type Detail = { kind: "detail"; cell: number };
export type MarkCell = { kind: "mark"; cell: number; starred?: boolean; note?: string };
export type UseCell = { kind: "use"; cell: number };
export type CodeOfCell = { kind: "code"; cell: number };

/** What the grid has to say, before the channel has given it an id. */
export type GridMessage = Hello | Want | Window | Detail | MarkCell | UseCell | CodeOfCell;

export type Standing = "new" | "running" | "saved" | "uncertain" | "failed" | "deleted";

export interface CellInfo {
  /** Its number in the experiment. */
  n: number;
  standing: Standing;
  /** The job's state, while the cell is running. */
  phase: string | null;
  job: string | null;
  seed: number;
  size: string;
  starred: boolean;
  noted: boolean;
  charge: string | null;
}

/** A text for each axis of a row or column, or nothing where the axis plays no part. */
export type Head = readonly (string | null)[];

export interface WindowInfo {
  /** The size of the whole table. */
  height: number;
  width: number;
  row_heads: readonly Head[];
  column_heads: readonly Head[];
  cells: readonly (readonly (CellInfo | null)[])[];
}

export interface DetailInfo {
  cell: CellInfo;
  values: readonly (readonly [string, string])[];
  request: Request;
  picture: PictureInfo | null;
  note: string;
  error: ErrorInfo | null;
}

/** Cells that the grid was told of before, as they are now. */
export type Moved = { kind: "cells"; cells: readonly CellInfo[] };
export type ToGrid = ToPanel | Moved;

export interface AxisInfo {
  name: string;
  values: number;
}

export interface SweepInfo {
  title: string;
  axes: readonly AxisInfo[];
  common: readonly (readonly [string, string])[];
  shapes: readonly string[];
  cells: number;
  skipped: number;
  problems: readonly string[];
  service: string;
  folder: string;
}

export interface StandingInfo {
  counts: Readonly<Record<Standing, number>>;
  /** Its cells' own, and the whole folder's. */
  money: MoneyInfo;
  folder_money: MoneyInfo;
  price: number | null;
  run: { done: number; total: number } | null;
  stopped: ErrorInfo | null;
  paused: ErrorInfo | null;
  /** Whether the page was loaded anew: then the notebook takes no newer sheet into the grid's output. */
  reloaded: boolean;
}

/** The axes, as a person or a cell puts them. */
export interface GridSettings {
  rows: string[];
  columns: string[];
}

export interface GridTraits extends GridSettings {
  _sweep: SweepInfo;
  _standing: StandingInfo;
}

export type GridModel = ModelOf<GridTraits, GridSettings>;
