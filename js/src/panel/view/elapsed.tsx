import { elapsed } from "../../shared/text.ts";
import type { Line } from "../state/jobs.ts";
import type { Store } from "../state/store.ts";

/** The running seconds of a job. They stay out of what is announced. */
export function Elapsed({ store, line }: { store: Store; line: Line }) {
  const { usual } = store.jobs.studio.value;
  const showsUsual = usual !== null && (line.state === "submitted" || line.state === "processing");
  return (
    <span class="qn-faint">
      {" · "}
      {elapsed(store.jobs.elapsed(line))}
      {showsUsual && `, usually ${Math.max(1, Math.round(usual))} s`}
    </span>
  );
}
