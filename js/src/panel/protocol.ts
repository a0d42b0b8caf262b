/** The messages between the kernel and the panel, and the traits that they share; see `wire.gen.ts`. */

import type { ModelOf } from "../shared/model.ts";
import type { Hello, Unsent, Want } from "../shared/protocol.ts";
import type { Act, PanelSettings, PanelTraits, Submit } from "./wire.gen.ts";

export type {
  ErrorInfo,
  ImageSize,
  JobState,
  OutputFormat,
  PictureInfo,
  RequestFields,
} from "../shared/protocol.ts";
export { DEFAULT_SIZE } from "../shared/protocol.ts";
export * from "./wire.gen.ts";

export type FromPanel = Hello | Submit | Act | Want;
export type PanelMessage = Unsent<FromPanel>;
export type PanelModel = ModelOf<PanelTraits, PanelSettings>;
