/** The messages between the kernel and the grid, and the traits that they share; see `wire.gen.ts`. */

import type { ModelOf } from "../shared/model.ts";
import type { Hello, ToFrontEnd, Unsent, Want } from "../shared/protocol.ts";
import type {
  CodeOfCell,
  Detail,
  GridSettings,
  GridTraits,
  MarkCell,
  Moved,
  UseCell,
  Window,
  WindowInfo,
} from "./wire.gen.ts";

export type { PictureInfo } from "../shared/protocol.ts";
export * from "./wire.gen.ts";

/** A text for each axis of a row or column, or null where the axis plays no part. */
export type Head = WindowInfo["row_heads"][number];

export type FromGrid = Hello | Want | Window | Detail | MarkCell | UseCell | CodeOfCell;
export type GridMessage = Unsent<FromGrid>;
export type ToGrid = ToFrontEnd | Moved;
export type GridModel = ModelOf<GridTraits, GridSettings>;
