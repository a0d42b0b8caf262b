import { Button } from "../../shared/view/button.tsx";
import type { Line } from "../state/jobs.ts";
import type { Store } from "../state/store.ts";

/** Cancel, for what was not sent: what was sent is paid for, so it is fetched and saved. */
export function CancelLine({ store, line }: { store: Store; line: Line }) {
  if (line.state !== "planned") return null;
  return (
    <Button aria-label={`Cancel seed ${line.seed}`} onPress={() => store.commands.job("cancel", line)}>
      Cancel
    </Button>
  );
}
