/** A front end as an anywidget: the store lives as long as the model, each view only draws it. */

import { type ComponentType, h, render } from "preact";
import { keepFocus } from "./focus.ts";
import { containKeys } from "./keys.ts";

interface Initialize<Model> {
  model: Model;
  signal: AbortSignal;
}

/** Hosts call what this returns once for each model, so the closure ties the model's views to its store. */
export function widgetOf<Model, Store extends { hello(): unknown }>(
  createStore: (model: Model, life: AbortSignal) => Store,
  View: ComponentType<{ store: Store }>,
) {
  return () => {
    let store: Store;
    return {
      initialize({ model, signal }: Initialize<Model>) {
        store = createStore(model, signal);
      },
      render({ el, signal }: Initialize<Model> & { el: HTMLElement }) {
        const root = document.createElement("div");
        el.append(root);
        containKeys(root, signal);
        keepFocus(root, signal);
        render(h(View, { store }), root);
        void store.hello();
        signal.addEventListener("abort", () => {
          render(null, root);
          root.remove();
        });
      },
    };
  };
}
