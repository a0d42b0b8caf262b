import { Announce } from "../../shared/view/announce.tsx";
import type { Store } from "../state/store.ts";
import { announcement } from "../words.ts";

/** Says phases, many jobs as their sum, and what actions came to; running seconds never. */
export function Status({ store: { acts, jobs, stage } }: { store: Store }) {
  return <Announce words={acts.said.value ?? announcement(jobs.active.value, stage.fresh.value.length)} />;
}
