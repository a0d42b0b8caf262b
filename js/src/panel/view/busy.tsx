import { ratioOf } from "../../shared/ratio.ts";
import { Frame } from "../../shared/view/frame.tsx";
import type { Line } from "../state/jobs.ts";
import type { Store } from "../state/store.ts";
import { phase } from "../text.ts";
import { CancelLine } from "./cancel-line.tsx";
import { Elapsed } from "./elapsed.tsx";
import { Place } from "./place.tsx";

/** The stage while the picture is made: its place, its phase in words, and nothing that pretends to know how far. */
export function Busy({ store, line }: { store: Store; line: Line }) {
  return (
    <>
      <header class="qn-head">
        <p class="qn-phase qn-running">
          <b>{phase(line)}</b>
          <Elapsed store={store} line={line} />
        </p>
        {store.jobs.offline.value && <span class="qn-faint">free preview</span>}
        <CancelLine store={store} line={line} />
      </header>
      <Frame ratio={ratioOf(line.image_size)} class="qn-blank qn-working">
        <span class="qn-dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {line.note ? <p>{line.note}</p> : <Place store={store} />}
      </Frame>
    </>
  );
}
