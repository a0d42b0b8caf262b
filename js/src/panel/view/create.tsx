import { Button } from "../../shared/view/button.tsx";
import { Icon } from "../../shared/view/icon.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import type { Store } from "../state/store.ts";
import { cost } from "../text.ts";
import { Offer } from "./offer.tsx";

const SHORTCUT = "Control+Enter Meta+Enter";

/** The button, or two where the same picture is saved already: to show it costs nothing. */
export function Create({ store }: { store: Store }) {
  const { submit, jobs, settings, stage } = store;
  const id = useOwnId();
  const count = settings.values.count.value;
  const price = cost(jobs.studio.value, count);
  const saved = submit.saved.value;
  const complaint = submit.complaint.value;

  if (saved) {
    return (
      <div class="qn-pair">
        <Button kind="primary" aria-keyshortcuts={SHORTCUT} onPress={() => stage.pick(saved)}>
          Show it · free
        </Button>
        <Button onPress={() => submit.submit(true)}>Make again{price}</Button>
      </div>
    );
  }
  return (
    <>
      <Button
        kind="primary"
        aria-keyshortcuts={SHORTCUT}
        title="Ctrl+Enter"
        why={submit.problem.value}
        aria-describedby={`${id}-why`}
        onPress={() => submit.submit()}
      >
        Create{count > 1 && ` ${count}`}
        {price}
      </Button>
      <p id={`${id}-why`} class="qn-note">
        {complaint && (
          <>
            <Icon name="warning" /> {complaint}
          </>
        )}
      </p>
      {submit.duplicate.value && (
        <Offer
          text="This is already being made."
          yes={`Make another${price}`}
          no="Leave it"
          onYes={() => submit.submit(true)}
          onNo={submit.dismissDuplicate}
        />
      )}
    </>
  );
}
