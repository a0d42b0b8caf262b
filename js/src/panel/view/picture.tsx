import { ratioOf } from "../../shared/ratio.ts";
import { credits, isOffline, took } from "../../shared/text.ts";
import { Compare } from "../../shared/view/compare.tsx";
import { Frame } from "../../shared/view/frame.tsx";
import { useBest } from "../../shared/view/use-picture.ts";
import { DEFAULT_SIZE, type PictureInfo } from "../protocol.ts";
import type { Line } from "../state/jobs.ts";
import type { Store } from "../state/store.ts";
import { ago } from "../text.ts";
import { Actions } from "./actions.tsx";
import { Zoom } from "./zoom.tsx";

interface Props {
  store: Store;
  id: string;
  line: Line | undefined;
}

/** A saved picture on the stage, with what is known of it and what can be done with it. */
export function Picture({ store, id, line }: Props) {
  const info = store.gallery.find(id);
  const compared = store.stage.compared.value;
  const other = compared === null ? undefined : store.gallery.find(compared);
  const url = useBest(store, id);
  const size = info?.image_size ?? line?.image_size ?? DEFAULT_SIZE;
  const ratio = info?.width ? info.width / info.height : ratioOf(size);
  const prompt = info?.prompt ?? line?.words ?? "";
  return (
    <>
      <header class="qn-head">
        <Facts info={info} line={line} now={store.jobs.now.value} />
        {info && info.width > 0 && (
          <span class="qn-faint">
            {info.width} × {info.height} {info.output_format}
          </span>
        )}
      </header>
      <Frame ratio={ratio}>
        {info && other ? (
          <Compare store={store} one={info} other={other} />
        ) : (
          <Zoom on={store.stage.zoomed.value} onToggle={store.stage.toggleZoom} url={url} text={prompt} />
        )}
      </Frame>
      <p class="qn-caption" title={prompt}>
        {prompt}
      </p>
      {info && <Actions store={store} picture={info} />}
    </>
  );
}

function Facts({ info, line, now }: { info: PictureInfo | undefined; line: Line | undefined; now: number }) {
  const seconds = info?.seconds ?? line?.seconds;
  const offline = isOffline(info?.service ?? line?.service ?? "");
  const facts = [
    seconds != null && took(seconds),
    offline ? "free preview" : info?.credits != null && credits(info.credits),
    `seed ${info?.seed ?? line?.seed}`,
    info?.made && !line && ago(info.made, now),
  ];
  return (
    <p class="qn-phase">
      <b>Saved</b>
      <span class="qn-faint">{facts.filter(Boolean).map((fact) => ` · ${fact}`)}</span>
    </p>
  );
}
