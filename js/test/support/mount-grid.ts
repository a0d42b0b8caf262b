import "../../src/grid/grid.css";
import { onTestFinished } from "vitest";
import widget from "../../src/grid/grid.ts";
import type { FakeGrid } from "./fake-grid.ts";

/** A grid on the page as a host shows it; it is closed when the test ends. */
export function showGrid(model: FakeGrid, width = 1200) {
  const life = new AbortController();
  const { initialize, render } = widget();
  const el = document.createElement("div");
  el.style.width = `${width}px`;
  document.body.append(el);
  initialize({ model, signal: life.signal });
  render({ model, el, signal: life.signal });
  const close = () => life.abort();
  onTestFinished(() => {
    close();
    document.body.replaceChildren();
  });
  const sent = <Kind extends string>(kind: Kind) => model.sent.filter((message) => message.kind === kind);
  return { model, el, close, sent };
}
