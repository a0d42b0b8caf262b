/** Submitting what the settings say: whether it can be, whether that would repeat a job, and the requests themselves. */

import { computed, signal } from "@preact/signals";
import { newId } from "../../shared/ids.ts";
import { lasting } from "../../shared/model.ts";
import { isEditOnly, promptUnits, sentPrompt } from "../contract.ts";
import { type PictureInfo, PROMPT_LIMIT, type RequestFields, SEED_MAX } from "../protocol.ts";
import { drawSeed } from "../seed.ts";
import type { Act, AskPanel } from "./act.ts";
import type { Jobs } from "./jobs.ts";
import type { SettingsStore } from "./settings.ts";
import type { Stage } from "./stage.ts";

const DOUBLE_CLICK = 1000;
const FIND_AFTER = 300;
const KEYS_KEPT = 128;

/** What is unknown of a picture of which only the request is known. */
const UNREAD = {
  width: 0,
  height: 0,
  made: 0,
  seconds: null,
  credits: null,
  name: "",
  url: null,
  by_hand: false,
};

interface Parts {
  ask: AskPanel;
  act: Act;
  settings: SettingsStore;
  jobs: Jobs;
  stage: Stage;
  alive: { value: boolean };
}

export type SubmitStore = ReturnType<typeof createSubmit>;

export function createSubmit({ ask, act, settings, jobs, stage, alive }: Parts, life: AbortSignal) {
  const { prompt, image_url, image_size, seed, next_seed, count } = settings.values;
  /** What was submitted from this page, by the ids of the submission and of its job. */
  const keys = new Map<string, string>();
  const duplicated = signal<string | null>(null);
  const found = signal<{ key: string; picture: PictureInfo } | null>(null);
  const attempted = signal(false);
  let submittedAt = Number.NEGATIVE_INFINITY;

  /** The settings as they stand, seed included: what makes two submissions equal. */
  const key = computed(() => JSON.stringify([settings.request(seed.value ?? -1), count.value]));

  const isRunning = () => jobs.active.value.some(({ id }) => keys.get(id) === key.value);

  /** Why nothing can be made of the settings, in words. */
  const problem = computed((): string | null => {
    const over = promptUnits(sentPrompt(prompt.value)) - PROMPT_LIMIT;
    const { price, money } = jobs.studio.value;
    if (!prompt.value.trim()) return "Describe the image first.";
    if (over > 0) return `The prompt is ${over} ${over === 1 ? "character" : "characters"} too long.`;
    if (!image_url.value && isEditOnly(image_size.value)) return `${image_size.value} needs a source image.`;
    if (settings.badSeed.value) return `The seed is a whole number from 0 to ${SEED_MAX}.`;
    if (money.left !== null && price !== null && price * count.value > money.left) {
      return `The budget has ${money.left} credits left.`;
    }
    return null;
  });

  /** The saved picture that the same request has made before. */
  const saved = computed(() => (found.value?.key === key.value ? found.value.picture : null));

  async function find(wanted: string, request: RequestFields) {
    const { result } = await act("find", null, { request });
    const { service } = jobs.studio.value;
    found.value = result?.job
      ? { key: wanted, picture: result.picture ?? { ...UNREAD, ...request, id: result.job, service } }
      : null;
  }

  lasting(life, () => {
    // Looked for again whenever the number of pictures changes: the last submission may have made the equal one.
    jobs.studio.value.pictures;
    const wanted = key.value;
    if (!alive.value || seed.value === null || count.value !== 1 || problem.value) return;
    const request = settings.request(seed.value);
    const timer = setTimeout(() => void find(wanted, request), FIND_AFTER);
    return () => clearTimeout(timer);
  });

  async function send(request: RequestFields, again: boolean) {
    const id = newId();
    const mine = key.value;
    keys.set(id, mine);
    jobs.addPending(id, request);
    const { result, error } = await ask({ kind: "submit", request, again });
    if (!result) return jobs.rejected(id, error);
    const { job } = result;
    keys.set(job, mine);
    for (const oldest of keys.keys()) if (keys.size > KEYS_KEPT) keys.delete(oldest);
    if (result.state !== "saved") return jobs.accepted(id, job);
    jobs.forget(id);
    stage.arrive(job);
  }

  /** Submit what the settings say; with `again` also where the same is being made, or is saved. */
  function submit(again = false) {
    attempted.value = problem.value !== null;
    if (attempted.value) return;
    // Without a seed each submission draws another one, so only a double click counts as the same.
    const repeats = seed.value !== null || performance.now() - submittedAt < DOUBLE_CLICK;
    duplicated.value = !again && repeats && isRunning() ? key.value : null;
    if (duplicated.value) return;
    submittedAt = performance.now();
    const first = seed.value ?? drawSeed();
    const nth = (place: number) => (first + place) % (SEED_MAX + 1);
    settings.flush();
    stage.follow();
    for (let place = 0; place < count.value; place++) void send(settings.request(nth(place)), again);
    if (next_seed.value === "random") settings.write({ seed: drawSeed() });
    if (next_seed.value === "+1") settings.write({ seed: nth(count.value) });
  }

  return {
    problem,
    saved,
    submit,

    /** The problem, once it is worth saying: not to someone who has only just opened the panel. */
    complaint: computed(() => (attempted.value || prompt.value ? problem.value : null)),

    /** Whether a person has submitted what is being made already. */
    duplicate: computed(() => duplicated.value === key.value && isRunning()),

    dismissDuplicate() {
      duplicated.value = null;
    },

    /** What the keyboard's shortcut does: the same as the foremost button. */
    submitByKey() {
      if (saved.value) stage.pick(saved.value);
      else submit();
    },
  };
}
