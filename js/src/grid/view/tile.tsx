import { ratioOf } from "../../shared/ratio.ts";
import { Icon } from "../../shared/view/icon.tsx";
import { usePicture } from "../../shared/view/use-picture.ts";
import type { CellInfo } from "../protocol.ts";
import type { Store } from "../state/store.ts";
import { chargeText, statusText } from "../text.ts";
import type { Measures } from "./measure.ts";

interface Props {
  store: Store;
  cell: CellInfo | null | undefined;
  measures: Measures;
}

/** What a cell shows: its picture or, without one, its status. */
export function Tile({ store, cell, measures }: Props) {
  const saved = cell?.standing === "saved";
  const url = usePicture(store, (saved && cell.job) || undefined, "preview");
  if (cell === null) return null;
  const box = { width: `${measures.across}px`, height: `${measures.down}px` };
  if (cell === undefined) return <div class="qn-face qn-unread" style={box} />;
  const ratio = ratioOf(cell.size);
  const width = Math.min(measures.across, measures.down * ratio);
  const shape = { width: `${Math.round(width)}px`, height: `${Math.round(width / ratio)}px` };
  return (
    <>
      {saved ? (
        <div class="qn-face qn-shown" style={shape}>
          {url && <img src={url} alt="" draggable={false} />}
          {cell.starred && (
            <i class="qn-star" aria-hidden="true">
              ★
            </i>
          )}
          {cell.noted && (
            <i class="qn-noted" aria-hidden="true">
              ✎
            </i>
          )}
        </div>
      ) : (
        <div class={`qn-face qn-is-${cell.standing}`} style={shape}>
          {cell.standing === "running" && <i class="qn-pulse" />}
          {(cell.standing === "failed" || cell.standing === "uncertain") && <Icon name="warning" />}
          <span>{statusText(cell)}</span>
          {chargeText(cell) && <small> {chargeText(cell)}</small>}
        </div>
      )}
      {measures.captions && <span class="qn-seed"> seed {cell.seed}</span>}
    </>
  );
}
