/** The cell that is looked at, the one that is pinned beside it, and what can be done with them. */

import { computed, signal } from "@preact/signals";
import type { Ask } from "../../shared/channel.ts";
import { copyText } from "../../shared/clipboard.ts";
import type { CellInfo, DetailInfo, GridMessage, GridResults } from "../protocol.ts";
import type { Cells } from "./cells.ts";

export type DetailStore = ReturnType<typeof createDetail>;

export function createDetail(
  ask: Ask<GridMessage, GridResults>,
  cells: Cells,
  showStatus: (text: string) => void,
) {
  const opened = signal<number | null>(null);
  /** Counts how often a person went in by a key. */
  const entered = signal(0);
  const pinned = signal<number | null>(null);
  const known = signal<ReadonlyMap<number, DetailInfo>>(new Map());

  /** The cell that the last status message was about: another may be open by the time it comes. */
  const about = signal<number | null>(null);

  const of = (n: number | null) => (n === null ? undefined : known.value.get(n));

  function showFor(n: number, text: string) {
    about.value = n;
    showStatus(text);
  }

  /** Ask, and show why where the kernel does not do it. */
  async function act<Message extends GridMessage & { cell: number }>(message: Message) {
    const { result, error } = await ask(message);
    if (error) showFor(message.cell, `${error.what} ${error.todo}`.trim());
    return result;
  }

  async function look(n: number) {
    const result = await act({ kind: "detail", cell: n });
    if (!result) return;
    const kept = [...known.value].filter(([other]) => other === opened.value || other === pinned.value);
    known.value = new Map([...kept, [n, result]]);
  }

  async function mark(n: number, change: { starred?: boolean; note?: string }) {
    const result = await act({ kind: "mark", cell: n, ...change });
    if (!result) return false;
    cells.take([result.cell]);
    if (known.value.has(n)) await look(n);
    return true;
  }

  return {
    opened,
    entered,
    pinned,
    about,
    info: computed(() => of(opened.value)),
    pinnedInfo: computed(() => of(pinned.value)),

    /** Look at a cell; where a person enters it by a key, its pane takes the focus. */
    open(n: number, enters = false) {
      opened.value = n;
      if (enters) entered.value++;
      void look(n);
    },

    close() {
      opened.value = null;
    },

    /** Pin a cell, to compare others with it, or take the pin out. */
    pin(n: number) {
      pinned.value = pinned.value === n ? null : n;
      if (pinned.value !== null) {
        void look(n);
        showFor(n, "Pinned: open another cell to compare.");
      }
    },

    async star({ n, starred, standing }: CellInfo) {
      if (standing !== "saved") return showFor(n, "Only a cell with a picture can have a star.");
      if (await mark(n, { starred: !starred })) showFor(n, starred ? "The star is gone." : "Starred.");
    },

    async note(n: number, note: string) {
      if (await mark(n, { note })) showFor(n, "The note is saved.");
    },

    async use(n: number) {
      if (await act({ kind: "use", cell: n })) showFor(n, "The settings are in the panel.");
    },

    async copyCode(n: number) {
      const result = await act({ kind: "code", cell: n });
      if (result) showFor(n, await copyText(result.code));
    },

    /** Cells have moved: what is looked at is read again. */
    moved(changed: readonly CellInfo[]) {
      for (const { n } of changed) if (n === opened.value || n === pinned.value) void look(n);
    },
  };
}
