import type { Store } from "../state/store.ts";
import { Budget } from "./budget.tsx";
import { Create } from "./create.tsx";
import { More } from "./more.tsx";
import { Prompt } from "./prompt.tsx";
import { Seeds } from "./seeds.tsx";
import { Shapes } from "./shapes.tsx";
import { Source } from "./source.tsx";

/** Everything that makes a request, in the order in which it is thought of. */
export function Compose({ store }: { store: Store }) {
  const edits = store.settings.values.image_url.value !== "";
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    store.submit.submitByKey();
  };
  return (
    <section class="qn-compose" aria-label="Compose" onKeyDown={submitByKey}>
      <header class="qn-head">
        <h3 class="qn-title">{edits ? "Edit an image" : "Text to image"}</h3>
        <span class="qn-badge">{store.jobs.offline.value ? "offline preview" : "reAPI"}</span>
      </header>
      <Source store={store} />
      <Prompt store={store} />
      <Shapes store={store} />
      <Seeds store={store} />
      <More store={store} />
      <div class="qn-go">
        <Create store={store} />
        <Budget store={store} />
      </div>
    </section>
  );
}
