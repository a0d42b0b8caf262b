// Generated from the Python schemas by `python -m tests.support.wire_types`: change those instead.

import type {
  CodeResult,
  EmptyResult,
  ErrorInfo,
  HelloResult,
  ImageSize,
  JobState,
  MoneyInfo,
  PictureInfo,
  RequestFields,
  WantResult,
} from "../shared/wire.gen.ts";

export const MAX_NOTE = 4000;

/** An axis that varies, and how many values it has. */
export type AxisInfo = {
  name: string;
  values: number;
};

/**
 * What a tile shows.
 *
 * `phase` is the job's state where the cell is running; `charge` is a `Charge`, or what the journal of a newer
 * version has in its place.
 */
export type CellInfo = {
  n: number;
  standing: CellStatus;
  phase: JobState | null;
  job: string | null;
  seed: number;
  size: ImageSize;
  starred: boolean;
  noted: boolean;
  charge: string | null;
};

export type CellStatus = "new" | "running" | "saved" | "uncertain" | "failed" | "deleted";

/** The Python that makes one cell. */
export type CodeOfCell = {
  id: string;
  kind: "code";
  cell: number;
};

/** All that is known of one cell. */
export type Detail = {
  id: string;
  kind: "detail";
  cell: number;
};

/** The answer to `Detail`. */
export type DetailInfo = {
  cell: CellInfo;
  values: readonly (readonly [string, string])[];
  request: RequestFields;
  picture: PictureInfo | null;
  note: string;
  error: ErrorInfo | null;
};

/** The result of each kind of message. */
export type GridResults = {
  hello: HelloResult;
  want: WantResult;
  window: WindowInfo;
  detail: DetailInfo;
  mark: MarkResult;
  use: EmptyResult;
  code: CodeResult;
};

/** The axes that go down and across, as a person or a cell puts them. */
export type GridSettings = {
  rows: readonly string[];
  columns: readonly string[];
};

/** All traits of the grid that the front end reads; those with an underscore only the kernel writes. */
export type GridTraits = {
  rows: readonly string[];
  columns: readonly string[];
  _sweep: SweepInfo;
  _standing: StandingInfo;
};

/** A star or a note for the picture of a cell. */
export type MarkCell = {
  id: string;
  kind: "mark";
  cell: number;
  starred?: boolean | null;
  note?: string | null;
};

/** The answer to `MarkCell`: the cell as it is now. */
export type MarkResult = {
  cell: CellInfo;
};

/** Some cells that a view was told of before, as they are now. */
export type Moved = {
  kind: "cells";
  cells: readonly CellInfo[];
};

/** The run that is on its way. */
export type RunInfo = {
  done: number;
  total: number;
};

/** The `_standing` trait: how the whole experiment stands; `money` is its cells' own. */
export type StandingInfo = {
  counts: Record<CellStatus, number>;
  money: MoneyInfo;
  folder_money: MoneyInfo;
  price: number | null;
  run: RunInfo | null;
  stopped: ErrorInfo | null;
  paused: ErrorInfo | null;
  reloaded: boolean;
};

/** The `_sweep` trait: what stays as it is while the grid lives. */
export type SweepInfo = {
  title: string;
  axes: readonly AxisInfo[];
  common: readonly (readonly [string, string])[];
  shapes: readonly ImageSize[];
  cells: number;
  skipped: number;
  problems: readonly string[];
  service: string;
  folder: string;
};

/** Write the settings of a cell into the panel. */
export type UseCell = {
  id: string;
  kind: "use";
  cell: number;
};

/** The part of the table that a view shows, with the axes that go down and across. */
export type Window = {
  id: string;
  kind: "window";
  rows: readonly string[];
  columns: readonly string[];
  top: number;
  left: number;
  height: number;
  width: number;
};

/**
 * The answer to `Window`: the size of the whole table, and the part that was asked for.
 *
 * A head has a text for each axis, or None where the axis plays no part. A place without a cell is None.
 */
export type WindowInfo = {
  height: number;
  width: number;
  row_heads: readonly (readonly (string | null)[])[];
  column_heads: readonly (readonly (string | null)[])[];
  cells: readonly (readonly (CellInfo | null)[])[];
};
