import { Announce } from "../../shared/view/announce.tsx";
import type { Store } from "../state/store.ts";
import { announcement } from "../text.ts";

/** Announces phases, many jobs as their sum, and the outcome of commands; never running seconds. */
export function Status({ store: { commands, jobs, stage } }: { store: Store }) {
  return (
    <Announce
      text={commands.statusMessage.value ?? announcement(jobs.active.value, stage.fresh.value.length)}
    />
  );
}
