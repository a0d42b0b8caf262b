import type {
  FindArgs,
  FromPanel,
  JobInfo,
  PageArgs,
  PictureInfo,
  RequestFields,
} from "../../src/panel/protocol.ts";
import type { PictureSize } from "../../src/shared/protocol.ts";
import type { FakeModel } from "./fake-model.ts";
import { paint } from "./paint.ts";

const MADE = Date.now() / 1000 - 12 * 60;

export function jobInfo(info: Partial<JobInfo> = {}): JobInfo {
  const now = Date.now() / 1000;
  return {
    id: "j1",
    state: "processing",
    words: "a vintage travel poster that reads “VISIT MARS”",
    seed: 7,
    image_size: "16:9",
    edit: false,
    created: now,
    since: now,
    seconds: null,
    service: "reapi",
    by_hand: false,
    note: null,
    error: null,
    ...info,
  };
}

export function pictureInfo(info: Partial<PictureInfo> = {}): PictureInfo {
  return {
    id: "j1",
    prompt: "a vintage travel poster that reads “VISIT MARS” in bold retro type, dusk, two moons",
    image_url: null,
    image_size: "16:9",
    output_format: "png",
    seed: 7,
    nsfw_checker: false,
    width: 2688,
    height: 1536,
    made: MADE,
    seconds: 14.2,
    credits: 31,
    service: "reapi",
    name: "2026-11-22-a-vintage-poster-s7-j1.png",
    url: "https://cdn.reapi.ai/media/tasks/task_018f/0.png",
    by_hand: false,
    ...info,
  };
}

/** A kernel that answers every message at once, and moves its jobs when the test says so. */
export class FakeKernel {
  /** Newest first. */
  pictures: PictureInfo[] = [];
  balance = 12500;
  balanceAt = 1_795_600_000;
  /** While set, messages pile up as they do behind a running cell. */
  busy = false;

  /** Pictures whose files are gone. */
  readonly gone = new Set<string>();

  readonly #model: FakeModel;
  readonly #waiting: FromPanel[] = [];
  #held: { size: PictureSize; until: Promise<void> } | undefined;
  readonly #requests = new Map<string, RequestFields>();
  #jobs = 0;

  constructor(model: FakeModel, pictures: PictureInfo[] = []) {
    this.#model = model;
    this.pictures = pictures;
    model.onSend = (message) => {
      this.#waiting.push(message);
      queueMicrotask(() => !this.busy && this.answer());
    };
    this.#tellStudio();
  }

  /** Answer what is waiting, as when the running cell ends. */
  answer() {
    this.busy = false;
    for (const message of this.#waiting.splice(0)) this.#take(message);
  }

  /** Hold pictures of a size back until the returned function is called. */
  hold(size: PictureSize): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = { size, until: promise };
    return resolve;
  }

  /** Move a job on; a saved one becomes a picture. */
  move(id: string, change: Partial<JobInfo>) {
    const jobs = this.#model.get("_jobs").map((job) => (job.id === id ? { ...job, ...change } : job));
    const moved = jobs.find((job) => job.id === id);
    if (moved && change.state === "saved") {
      const request = this.#requests.get(id);
      const { service, seconds } = moved;
      this.pictures = [
        pictureInfo({ ...request, id, service, seconds, made: Date.now() / 1000 }),
        ...this.pictures,
      ];
    }
    this.#model.push({ _jobs: jobs });
    if (change.state === "saved") this.#tellStudio();
  }

  #tellStudio() {
    const { length: pictures } = this.pictures;
    this.#model.push({ _studio: { ...this.#model.get("_studio"), pictures } });
  }

  #take(message: FromPanel) {
    if (message.kind === "hello") this.#model.ack(message, { kernel: "k-1", v: 1 });
    if (message.kind === "want") void this.#send(message);
    if (message.kind === "submit") this.#submit(message);
    if (message.kind === "act") this.#model.ack(message, this.#act(message));
  }

  #submit(message: FromPanel & { kind: "submit" }) {
    this.#jobs += 1;
    const { prompt, seed, image_size, image_url } = message.request;
    const { service } = this.#model.get("_studio");
    const id = `made-${this.#jobs}`;
    this.#requests.set(id, message.request);
    const job = jobInfo({
      id,
      state: "planned",
      words: prompt,
      seed,
      image_size,
      edit: image_url !== null,
      service,
    });
    this.#model.ack(message, { job: id, state: "planned" });
    this.#model.push({ _jobs: [...this.#model.get("_jobs"), job] });
  }

  #act({ verb, args = {}, job }: FromPanel & { kind: "act" }): Record<string, unknown> {
    if (verb === "balance") return { balance: this.balance, at: this.balanceAt };
    if (verb === "code") return { code: `qn.generate("a poster", seed=7)  # ${job}` };
    if (verb === "find") return { job: this.#equal((args as FindArgs).request)?.id ?? null };
    if (verb === "delete") {
      this.pictures = this.pictures.filter(({ id }) => id !== job);
      this.#model.push({ _jobs: this.#model.get("_jobs").filter(({ id }) => id !== job) });
      this.#tellStudio();
    }
    if (verb === "page") {
      const { offset, limit } = args as PageArgs;
      return { total: this.pictures.length, pictures: this.pictures.slice(offset, offset + limit) };
    }
    return {};
  }

  #equal(request: RequestFields): PictureInfo | undefined {
    const names = Object.keys(request) as (keyof RequestFields)[];
    return this.pictures.find((picture) => names.every((name) => picture[name] === request[name]));
  }

  async #send(message: FromPanel & { kind: "want" }) {
    const { size = "preview" } = message;
    const missing: string[] = [];
    for (const id of message.jobs) {
      const picture = this.pictures.find((one) => one.id === id);
      if (!picture || this.gone.has(id)) {
        missing.push(id);
        continue;
      }
      if (this.#held?.size === size) await this.#held.until;
      const blob = await paint(picture, size === "full" ? picture.width : 384);
      // Hosts hand out slices of larger messages, so this does too.
      const bytes = new Uint8Array(blob.size + 16);
      bytes.set(new Uint8Array(await blob.arrayBuffer()), 8);
      const view = new DataView(bytes.buffer, 8, blob.size);
      this.#model.deliver({ kind: "preview", job: id, size, mime: blob.type }, [view]);
    }
    this.#model.ack(message, { missing });
  }
}
