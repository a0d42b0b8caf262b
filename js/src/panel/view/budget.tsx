import { useOwnId } from "../../shared/view/use-own-id.ts";
import { credits } from "../../shared/words.ts";
import type { Store } from "../state/store.ts";

/** What this folder has cost; offline, that it costs nothing. */
export function Budget({ store }: { store: Store }) {
  const { budget, spent } = store.jobs.studio.value;
  const id = useOwnId();
  if (store.jobs.offline.value)
    return <p class="qn-hint">No key found: pictures are drawn here, nothing is charged</p>;
  if (budget === null) return <p class="qn-hint">{credits(spent)} used in this folder</p>;
  return (
    <div class="qn-budget">
      <div class="qn-ends">
        <span id={id}>Budget</span>
        <span>
          {spent} of {credits(budget)} used
        </span>
      </div>
      <progress aria-labelledby={id} value={Math.min(spent, budget)} max={budget} />
    </div>
  );
}
