import { useOwnId } from "../../shared/view/use-own-id.ts";
import type { Store } from "../state/store.ts";

/** What this folder has cost, in the words of Python's `studio.money`; offline, that it costs nothing. */
export function Budget({ store }: { store: Store }) {
  const { budget, left, line } = store.jobs.studio.value.money;
  const id = useOwnId();
  if (budget === null || left === null || store.jobs.offline.value) return <p class="qn-hint">{line}</p>;
  return (
    <div class="qn-budget">
      <div class="qn-ends">
        <span id={id}>Budget</span>
        <span>{line}</span>
      </div>
      <progress aria-labelledby={id} value={budget - left} max={budget} />
    </div>
  );
}
