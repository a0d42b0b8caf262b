import type { Store } from "../state/store.ts";

/** Where the picture will be: here, and in the folder. */
export function Place({ store }: { store: Store }) {
  return (
    <p>
      The picture appears here and is saved in <b>{store.jobs.studio.value.folder}/</b>
    </p>
  );
}
