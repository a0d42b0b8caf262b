import type { PanelTraits } from "../../src/panel/protocol.ts";
import { FakeKernel, jobInfo, pictureInfo } from "./fake-kernel.ts";
import { FakeModel } from "./fake-model.ts";
import { FREE } from "./money.ts";

const PROMPT = "a vintage travel poster that reads “VISIT MARS” in bold retro type, dusk, two moons";
const EARLIER = [7, 6, 5, 4, 3, 2].map((seed) => pictureInfo({ id: `p${seed}`, seed }));
const URL = "https://cdn.reapi.ai/media/tasks/task_018f/0.png";
const EDIT: Partial<PanelTraits> = {
  prompt: "make it night, with two moons; keep the words",
  image_url: URL,
};

/** The states worth looking at, each a panel with its kernel. */
export const SCENES = { empty, busy, done, edit, error, offline, queue, late, compare };
export type Scene = keyof typeof SCENES;

function scene(traits: Partial<PanelTraits>, pictures = EARLIER) {
  const model = new FakeModel(traits);
  return { model, kernel: new FakeKernel(model, structuredClone(pictures)) };
}

function empty() {
  return scene({}, []);
}

function done() {
  return scene({ prompt: PROMPT, seed: 8, _jobs: [jobInfo({ id: "p7", state: "saved" })] });
}

function compare() {
  return done();
}

function busy() {
  const since = Date.now() / 1000 - 4;
  return scene({ prompt: PROMPT, seed: 9, _jobs: [jobInfo({ id: "j1", seed: 8, since })] });
}

function offline() {
  const since = Date.now() / 1000 - 1;
  const made = scene({
    prompt: PROMPT,
    seed: 9,
    _jobs: [
      jobInfo({ id: "j1", seed: 8, since, service: "simulator" }),
      jobInfo({ id: "j2", seed: 9, state: "planned", service: "simulator" }),
    ],
  });
  const studio = made.model.get("_studio");
  made.model.push({ _studio: { ...studio, service: "simulator", money: FREE, usual: 2 } });
  return made;
}

function queue() {
  const jobs = [12, 13, 14, 15].map((seed, place) =>
    jobInfo({ id: `q${seed}`, seed, state: place < 2 ? "processing" : "planned" }),
  );
  return scene({ prompt: PROMPT, seed: 16, count: 4, next_seed: "+1", _jobs: jobs });
}

function edit() {
  return scene({ ...EDIT, image_size: "21:9", _jobs: [jobInfo({ id: "p7", state: "saved" })] });
}

function error() {
  const failed = jobInfo({
    id: "e1",
    state: "failed",
    seed: 5,
    words: "a crowd before a castle",
    error: {
      kind: "ContentRejected",
      what: "The content policy of the service turned this request down.",
      charge: "refunded",
      todo: "Change the prompt.",
    },
  });
  const uncertain = jobInfo({
    id: "e2",
    state: "uncertain",
    words: "make it night, with two moons; keep the words",
    error: {
      kind: "UncertainSubmission",
      what: "The request was sent and no answer came; reAPI may have made this image.",
      charge: "maybe",
      todo: "Nothing is sent again by itself.",
    },
  });
  return scene({ ...EDIT, _jobs: [jobInfo({ id: "p7", state: "saved" }), failed, uncertain] });
}

function late() {
  const made = scene({ prompt: PROMPT, seed: 9 });
  made.kernel.busy = true;
  return made;
}
