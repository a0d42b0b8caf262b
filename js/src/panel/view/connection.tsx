import { Icon } from "../../shared/view/icon.tsx";
import type { Store } from "../state/store.ts";

const TEXTS = {
  late: "The kernel has not answered yet: it may be busy, restarting or gone. Nothing was sent twice. If it is gone, run the panel’s cell again.",
  lost: "The kernel ended or was restarted: this is how things stood. What was paid for is not lost. Run this cell again to go on with it.",
  saved: "No kernel is connected: this is the panel as it was saved. Run its cell to use it again.",
};

/** Says that the kernel does not answer, and why that may be. */
export function Connection({ store }: { store: Store }) {
  const silence = store.silence.value;
  if (!silence) return null;
  return (
    <p class="qn-connection">
      <Icon name="warning" /> {TEXTS[silence]}
    </p>
  );
}
