import "../../src/panel/panel.css";
import { onTestFinished } from "vitest";
import widget from "../../src/panel/panel.ts";
import type { PanelTraits, PictureInfo } from "../../src/panel/protocol.ts";
import { FakeKernel } from "./fake-kernel.ts";
import { FakeModel } from "./fake-model.ts";

interface Options {
  pictures?: PictureInfo[];
  /** A kernel that answers, or none at all. */
  kernel?: boolean;
  width?: number;
}

/** A panel on the page as a host shows it; it is closed when the test ends. */
export function mount(
  traits: Partial<PanelTraits> = {},
  { pictures = [], kernel = true, width = 1200 }: Options = {},
) {
  const model = new FakeModel(traits);
  return show(model, kernel ? new FakeKernel(model, pictures) : undefined, width);
}

/** A model and its kernel on the page. */
export function show(model: FakeModel, kernel: FakeKernel | undefined, width = 1200) {
  const life = new AbortController();
  const { initialize, render } = widget();
  initialize({ model, signal: life.signal });

  const view = () => {
    const el = document.createElement("div");
    el.style.width = `${width}px`;
    document.body.append(el);
    const closed = new AbortController();
    render({ model, el, signal: AbortSignal.any([life.signal, closed.signal]) });
    return { el, close: () => closed.abort() };
  };
  const close = () => life.abort();
  const { el, close: closeView } = view();
  onTestFinished(() => {
    close();
    document.body.replaceChildren();
  });

  return {
    model,
    el,
    close,
    closeView,
    view,
    /** The messages of one kind that the panel has sent. */
    sent: <Kind extends string>(kind: Kind) => model.sent.filter((message) => message.kind === kind),
    /** The kernel; a test that asks for it has one. */
    get kernel(): FakeKernel {
      if (!kernel) throw new Error("this panel has no kernel");
      return kernel;
    },
  };
}
