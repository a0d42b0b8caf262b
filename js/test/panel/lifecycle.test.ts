import { expect, onTestFinished, test, vi } from "vitest";
import widget from "../../src/panel/panel.ts";
import { FakeKernel, jobInfo, pictureInfo } from "../support/fake-kernel.ts";
import { FakeModel } from "../support/fake-model.ts";

test("200 panels, made and closed, leave nothing behind", async () => {
  const living = new Set<string>();
  const create = URL.createObjectURL.bind(URL);
  const revoke = URL.revokeObjectURL.bind(URL);
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    const url = create(blob);
    living.add(url);
    return url;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => {
    living.delete(url);
    revoke(url);
  });
  onTestFinished(() => void vi.restoreAllMocks());

  const bytes = new DataView(new Uint8Array([255, 216, 255]).buffer);
  let shown = 0;
  let listeners = 0;
  for (let panel = 0; panel < 200; panel++) {
    const model = new FakeModel({ _jobs: [jobInfo({ state: "saved" }), jobInfo({ id: "j2" })] });
    const kernel = new FakeKernel(model, [pictureInfo()]);
    const el = document.createElement("div");
    document.body.append(el);
    const life = new AbortController();
    const { initialize, render } = widget();
    initialize({ model, signal: life.signal });
    render({ model, el, signal: life.signal });
    kernel.answer();
    for (const size of ["preview", "full"] as const) {
      model.deliver({ kind: "preview", job: "j1", size, mime: "image/jpeg" }, [bytes]);
    }
    shown = Math.max(shown, living.size);
    life.abort();
    listeners += model.listeners;
    expect(el.childElementCount).toBe(0);
    el.remove();
  }
  expect(shown).toBeGreaterThan(0);
  expect(living.size).toBe(0);
  expect(listeners).toBe(0);
});

test("labels of two panels on one page never meet", () => {
  const ids: string[] = [];
  const life = new AbortController();
  for (let panel = 0; panel < 2; panel++) {
    const el = document.createElement("div");
    document.body.append(el);
    const model = new FakeModel();
    const { initialize, render } = widget();
    initialize({ model, signal: life.signal });
    render({ model, el, signal: life.signal });
    ids.push(...[...el.querySelectorAll("[id]")].map(({ id }) => id));
  }
  life.abort();
  document.body.replaceChildren();
  expect(ids.length).toBeGreaterThan(4);
  expect(new Set(ids).size).toBe(ids.length);
});
