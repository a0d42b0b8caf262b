import { explain, isOffline } from "../../shared/text.ts";
import { Card } from "../../shared/view/card.tsx";
import type { Store } from "../state/store.ts";
import { axisName, cost, summary } from "../text.ts";

/** What the experiment is, how far it is, and what stands in its way. */
export function Header({ store }: { store: Store }) {
  const sweep = store.sweep.value;
  const now = store.overview.value;
  const offline = isOffline(sweep.service);
  const trouble = now.paused ?? now.stopped;
  return (
    <div class="qn-top">
      <div class="qn-head">
        <h3 class="qn-title" title={sweep.title}>
          {sweep.title}
        </h3>
        <span class="qn-badge">{offline ? "offline preview" : "reAPI"}</span>
      </div>
      <p class="qn-sum">
        <b>{summary(sweep, now)}</b>
        <span class="qn-faint"> · {cost(offline, now)}</span>
      </p>
      {now.folder_money.line !== now.money.line && (
        <p class="qn-hint">The whole folder: {now.folder_money.line}</p>
      )}
      {sweep.common.length > 0 && (
        <dl class="qn-common">
          {sweep.common
            .filter(([, value]) => value !== sweep.title)
            .map(([name, value]) => (
              <div key={name}>
                <dt>{axisName(name)}</dt>
                <dd title={value}>{value}</dd>
              </div>
            ))}
        </dl>
      )}
      {now.run && (
        <progress
          class="qn-run"
          value={now.run.done}
          max={now.run.total}
          aria-label={`Running: ${now.run.done} of ${now.run.total}`}
        />
      )}
      {trouble && <Card title={now.paused ? "Paused" : "Stopped"} text={explain(trouble, sweep.service)} />}
      {sweep.problems.length > 0 && (
        <Card title="Nothing can be sent until this is fixed" text={sweep.problems.join(" ")} />
      )}
      {now.reloaded && (
        <p class="qn-hint">Run this cell again to put the newer pictures into the notebook’s file.</p>
      )}
    </div>
  );
}
