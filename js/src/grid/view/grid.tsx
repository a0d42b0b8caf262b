import { Announce } from "../../shared/view/announce.tsx";
import { Icon } from "../../shared/view/icon.tsx";
import type { Store } from "../state/store.ts";
import { announcement } from "../text.ts";
import { Controls } from "./controls.tsx";
import { Detail } from "./detail.tsx";
import { Header } from "./header.tsx";
import { Table } from "./table.tsx";

const SILENCE = {
  late: "The kernel has not answered yet: it may be busy, restarting or gone. If it is gone, run the grid’s cell again.",
  lost: "The kernel ended or was restarted. Run this cell again to go on; the pictures are in the folder.",
  saved:
    "No kernel is connected: this is the grid as it was saved. Run its cell to open it again; the contact sheet below is the last that was drawn.",
};

/** The whole grid: what the experiment is, how its axes lie, the table, and the cell that is looked at. */
export function Grid({ store }: { store: Store }) {
  const { alive, silence, statusMessage, sweep, overview, detail } = store;
  return (
    <div class={alive.value ? "qn-root qn-grid qn-alive" : "qn-root qn-grid"}>
      {silence.value && (
        <p class="qn-connection">
          <Icon name="warning" /> {SILENCE[silence.value]}
        </p>
      )}
      <Header store={store} />
      {alive.value && (
        <>
          <Controls store={store} />
          <div class={detail.opened.value === null ? "qn-body" : "qn-body qn-open"}>
            <Table store={store} />
            {detail.opened.value !== null && <Detail store={store} />}
          </div>
        </>
      )}
      <Announce text={statusMessage.value ?? announcement(sweep.value, overview.value)} />
    </div>
  );
}
