import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Button } from "../../shared/view/button.tsx";
import { Card } from "../../shared/view/card.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import { credits, explain } from "../../shared/words.ts";
import type { Acts } from "../state/acts.ts";
import type { Line } from "../state/jobs.ts";
import type { Store } from "../state/store.ts";
import { clock, cost, shorten, troubleTitle } from "../words.ts";

/** What a person has to look at, the newest first. */
export function Troubles({ store }: { store: Store }) {
  const { acts, jobs } = store;
  const { paused, service } = jobs.studio.value;
  return (
    <div class="qn-troubles">
      {paused && (
        <Card title="Paused" words={explain(paused, service)}>
          <Button onPress={acts.unpause}>Continue</Button>
        </Card>
      )}
      {jobs.troubles.value.toReversed().map((line) => (
        <Trouble key={line.id} store={store} line={line} />
      ))}
    </div>
  );
}

/** One job that went wrong: which, what happened, whether it was charged, and what to do first. */
function Trouble({ store, line }: { store: Store; line: Line }) {
  const happened = line.error ? explain(line.error, line.service) : line.note;
  const words = `“${shorten(line.words, 80)}”, seed ${line.seed}, ${clock(line.created)}. ${happened}`;
  return (
    <Card title={troubleTitle(line)} words={words}>
      {line.state === "uncertain" ? (
        <Uncertain store={store} line={line} />
      ) : (
        <Failed store={store} line={line} />
      )}
    </Card>
  );
}

function Failed({ store: { acts, jobs }, line }: { store: Store; line: Line }) {
  const kind = line.error?.kind;
  return (
    <>
      {kind === "InsufficientCredits" && <Balance acts={acts} />}
      {line.by_hand && <Button onPress={() => acts.job("take_back", line)}>Take the task id back</Button>}
      {(line.state === "gone" || line.state === "unreadable") && (
        <Button onPress={() => acts.job("look_again", line)}>Look again · free</Button>
      )}
      {line.state !== "rejected" && kind !== "ContentRejected" && (
        <Button onPress={() => acts.job("again", line)}>Try again{cost(jobs.studio.value)}</Button>
      )}
      <Button kind="quiet" onPress={() => acts.job("dismiss", line)}>
        Dismiss
      </Button>
    </>
  );
}

/** The request went out and no answer came: only a person can say what happened, so each way out is offered. */
function Uncertain({ store: { acts, jobs }, line }: { store: Store; line: Line }) {
  const asks = useSignal(false);
  const pays = !jobs.offline.value;
  return (
    <>
      {pays && <Balance acts={acts} />}
      <Button
        aria-expanded={asks.value}
        onPress={() => {
          asks.value = !asks.value;
        }}
      >
        I have the task id…
      </Button>
      <Button onPress={() => acts.job("send_again", line)}>
        Send again{pays && ` · may cost ${jobs.studio.value.price ?? ""} more`}
      </Button>
      <Button kind="quiet" onPress={() => acts.job("dismiss", line)}>
        Dismiss{pays && " (may have been billed)"}
      </Button>
      {asks.value && <TaskId onId={(task_id) => acts.job("resolve", line, { task_id })} />}
    </>
  );
}

function TaskId({ onId }: { onId(id: string): void }) {
  const field = useRef<HTMLInputElement>(null);
  const id = useOwnId();
  const take = () => {
    const typed = field.current?.value.trim();
    if (typed) onId(typed);
  };
  return (
    <div class="qn-row">
      <label for={id}>Task id</label>
      <input
        ref={field}
        id={id}
        class="qn-field"
        placeholder="task_…"
        spellcheck={false}
        onKeyDown={(event) => event.key === "Enter" && !event.isComposing && take()}
      />
      <Button onPress={take}>Look it up</Button>
    </div>
  );
}

function Balance({ acts }: { acts: Acts }) {
  const balance = acts.balance.value;
  return (
    <Button onPress={() => acts.askBalance()}>
      {balance === null ? "Check balance" : `Balance: ${credits(balance)}`}
    </Button>
  );
}
