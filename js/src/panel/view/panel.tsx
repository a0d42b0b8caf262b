import type { Store } from "../state/store.ts";
import { Compose } from "./compose.tsx";
import { Connection } from "./connection.tsx";
import { Result } from "./result.tsx";
import { Status } from "./status.tsx";

/** The whole panel: what a person sets on the left, what came of it on the right. */
export function Panel({ store }: { store: Store }) {
  return (
    <div class={store.alive.value ? "qn-root qn-panel qn-alive" : "qn-root qn-panel"}>
      <Connection store={store} />
      <div class="qn-halves">
        <Compose store={store} />
        <Result store={store} />
      </div>
      <Status store={store} />
    </div>
  );
}
