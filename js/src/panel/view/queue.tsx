import type { Line } from "../state/jobs.ts";
import type { Store } from "../state/store.ts";
import { phase } from "../text.ts";
import { CancelLine } from "./cancel-line.tsx";
import { Elapsed } from "./elapsed.tsx";

/** The jobs in work that the stage does not show, each with its state. */
export function Queue({ store }: { store: Store }) {
  const { jobs, stage } = store;
  const shown = stage.shown.value;
  const lines = jobs.active.value.filter((line) => shown.kind !== "busy" || line.id !== shown.line.id);
  const { waiting } = jobs.studio.value;
  const done = stage.fresh.value.length;
  const all = done + jobs.active.value.length + waiting;
  if (lines.length === 0 && waiting === 0) return null;
  return (
    <div class="qn-queue">
      {all > 1 && (
        <div class="qn-batch">
          <progress aria-label="Images made" value={done} max={all} />
          <span>
            {done} of {all} made
          </span>
        </div>
      )}
      <ul>
        {lines.map((line) => (
          <QueueLine key={line.id} store={store} line={line} />
        ))}
      </ul>
      {waiting > 0 && <p class="qn-hint">{waiting} more in work</p>}
    </div>
  );
}

function QueueLine({ store, line }: { store: Store; line: Line }) {
  return (
    <li>
      <span class="qn-words">{line.words}</span>
      <span class="qn-faint">
        seed {line.seed} · {line.note ?? phase(line)}
        <Elapsed store={store} line={line} />
      </span>
      <CancelLine store={store} line={line} />
    </li>
  );
}
