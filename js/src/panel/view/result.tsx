import type { Store } from "../state/store.ts";
import { Busy } from "./busy.tsx";
import { Empty } from "./empty.tsx";
import { Picture } from "./picture.tsx";
import { Queue } from "./queue.tsx";
import { Strip } from "./strip.tsx";
import { Troubles } from "./troubles.tsx";

/** What came of the requests: what needs a person first, then the stage, the queue and the earlier pictures. */
export function Result({ store }: { store: Store }) {
  const shown = store.stage.shown.value;
  return (
    <section class="qn-result" aria-label="Result">
      <Troubles store={store} />
      {shown.kind === "empty" && <Empty store={store} />}
      {shown.kind === "busy" && <Busy store={store} line={shown.line} />}
      {shown.kind === "picture" && <Picture store={store} id={shown.id} line={shown.line} />}
      {store.jobs.studio.value.reloaded && store.stage.fresh.value.length > 0 && (
        <p class="qn-hint">Run this cell again to put the newer pictures into the notebook’s file.</p>
      )}
      <Queue store={store} />
      <Strip store={store} />
    </section>
  );
}
