/** The panel as an anywidget: the store lives as long as the model, each view only draws it. */

import { h, render } from "preact";
import { keepFocus } from "../shared/focus.ts";
import { containKeys } from "../shared/keys.ts";
import type { Model } from "../shared/protocol.ts";
import { createStore, type Store } from "./state/store.ts";
import { Panel } from "./view/panel.tsx";

interface Initialize {
  model: Model;
  signal: AbortSignal;
}

interface Render extends Initialize {
  el: HTMLElement;
}

/** Hosts call this once for each model, so the closure ties the model's views to its store. */
export default function widget() {
  let store: Store;
  return {
    initialize({ model, signal }: Initialize) {
      store = createStore(model, signal);
    },
    render({ el, signal }: Render) {
      const root = document.createElement("div");
      el.append(root);
      containKeys(root, signal);
      keepFocus(root, signal);
      render(h(Panel, { store }), root);
      void store.hello();
      signal.addEventListener("abort", () => {
        render(null, root);
        root.remove();
      });
    },
  };
}
