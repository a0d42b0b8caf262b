import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Store } from "../state/store.ts";
import { announcement } from "../words.ts";

const CALM = 300;

/** The one place that announces. Quick changes are said as their sum; running seconds never. */
export function Status({ store: { acts, jobs, stage } }: { store: Store }) {
  const said = useSignal("");
  const words = acts.said.value ?? announcement(jobs.active.value, stage.fresh.value.length);
  useEffect(() => {
    const timer = setTimeout(() => {
      said.value = words;
    }, CALM);
    return () => clearTimeout(timer);
  }, [words, said]);
  return (
    <div class="qn-unseen" role="status">
      {said}
    </div>
  );
}
