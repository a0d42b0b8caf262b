import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { credits, explain } from "../../shared/text.ts";
import { Button } from "../../shared/view/button.tsx";
import { Card } from "../../shared/view/card.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import type { Line } from "../state/jobs.ts";
import type { Store } from "../state/store.ts";
import { clock, cost, shorten, troubleTitle } from "../text.ts";

/** What a person has to look at, the newest first. */
export function Troubles({ store }: { store: Store }) {
  const { commands, jobs } = store;
  const { paused, service } = jobs.studio.value;
  const all = jobs.troubles.value.toReversed();
  const lost = all.filter(({ state }) => state === "uncertain");
  const others = all.filter(({ state }) => state !== "uncertain");
  return (
    <div class="qn-troubles">
      {paused && (
        <Card title="Paused" text={explain(paused, service)}>
          <Button onPress={commands.unpause}>Continue</Button>
        </Card>
      )}
      {lost.length > 1 && <Lost store={store} lines={lost} />}
      {(lost.length > 1 ? others : all).map((line) => (
        <Trouble key={line.id} store={store} line={line} />
      ))}
    </div>
  );
}

/** Several requests without an answer are one trouble: one word serves all that are shown, or each is decided alone. */
function Lost({ store, lines }: { store: Store; lines: readonly Line[] }) {
  const { commands, jobs } = store;
  const each = useSignal(false);
  const count = lines.length;
  const pays = !jobs.offline.value;
  const { price } = jobs.studio.value;
  // What the balance says is said of each request alone: of all together it would be another sum.
  const charged = pays ? " Each may have been charged; “One by one” shows what the balance says of it." : "";
  const text = `They were sent, and no answer came.${charged} None is sent again by itself.`;
  return (
    <>
      <Card title={`${count} requests got no answer`} text={text}>
        <Button
          aria-expanded={each.value}
          onPress={() => {
            each.value = !each.value;
          }}
        >
          One by one…
        </Button>
        <Button onPress={() => commands.jobs("send_again", lines)}>
          Send all {count} again{pays && price !== null && ` · may cost ${credits(price * count)} more`}
        </Button>
        <Button kind="quiet" onPress={() => commands.jobs("dismiss", lines)}>
          Dismiss all {count}
          {pays && " (may have been billed)"}
        </Button>
      </Card>
      {each.value && lines.map((line) => <Trouble key={line.id} store={store} line={line} />)}
    </>
  );
}

/** One job that went wrong: which, what happened, whether it was charged, and what to do first. */
function Trouble({ store, line }: { store: Store; line: Line }) {
  const happened = line.error ? explain(line.error, line.service) : line.note;
  const text = `“${shorten(line.words, 80)}”, seed ${line.seed}, ${clock(line.created)}. ${happened}`;
  return (
    <Card title={troubleTitle(line)} text={text}>
      {line.state === "uncertain" ? (
        <Uncertain store={store} line={line} />
      ) : (
        <Failed store={store} line={line} />
      )}
    </Card>
  );
}

function Failed({ store, line }: { store: Store; line: Line }) {
  const { commands, jobs } = store;
  const kind = line.error?.kind;
  return (
    <>
      {kind === "InsufficientCredits" && <Balance store={store} line={line} />}
      {line.by_hand && <Button onPress={() => commands.job("take_back", line)}>Take the task id back</Button>}
      {(line.state === "gone" || line.state === "unreadable") && (
        <Button onPress={() => commands.job("look_again", line)}>Look again · free</Button>
      )}
      {line.state !== "rejected" && kind !== "ContentRejected" && (
        <Button onPress={() => commands.job("again", line)}>Try again{cost(jobs.studio.value)}</Button>
      )}
      <Button kind="quiet" onPress={() => commands.job("dismiss", line)}>
        Dismiss
      </Button>
    </>
  );
}

/** The request went out and no answer came: only a person can say what happened, so each way out is offered. */
function Uncertain({ store, line }: { store: Store; line: Line }) {
  const { commands, jobs } = store;
  const asks = useSignal(false);
  const pays = !jobs.offline.value;
  return (
    <>
      {pays && <Balance store={store} line={line} />}
      <Button
        aria-expanded={asks.value}
        onPress={() => {
          asks.value = !asks.value;
        }}
      >
        I have the task id…
      </Button>
      <Button onPress={() => commands.job("send_again", line)}>
        Send again{pays && ` · may cost ${jobs.studio.value.price ?? ""} more`}
      </Button>
      <Button kind="quiet" onPress={() => commands.job("dismiss", line)}>
        Dismiss{pays && " (may have been billed)"}
      </Button>
      {asks.value && <TaskId onId={(task_id) => commands.resolve(line, task_id)} />}
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

function Balance({ store: { commands }, line }: { store: Store; line: Line }) {
  const seen = commands.balances.value[line.id];
  return (
    <Button onPress={() => commands.askBalance(line)}>
      {seen ? `Balance: ${credits(seen.credits)} at ${clock(seen.at)}` : "Check balance"}
    </Button>
  );
}
