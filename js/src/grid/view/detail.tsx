import { useEffect, useRef } from "preact/hooks";
import { ratioOf } from "../../shared/ratio.ts";
import { credits, explain, isOffline, took } from "../../shared/text.ts";
import { Button } from "../../shared/view/button.tsx";
import { Compare } from "../../shared/view/compare.tsx";
import { Frame } from "../../shared/view/frame.tsx";
import { Icon } from "../../shared/view/icon.tsx";
import { useBest } from "../../shared/view/use-picture.ts";
import type { DetailInfo, PictureInfo } from "../protocol.ts";
import type { Store } from "../state/store.ts";
import { axisName, statusText, valueText } from "../text.ts";
import { Glyph } from "./glyph.tsx";
import { Note } from "./note.tsx";

/** The cell that is looked at: its picture, what it was made from, and what can be done with it. */
export function Detail({ store }: { store: Store }) {
  const { detail } = store;
  const pane = useRef<HTMLElement>(null);
  const info = detail.info.value;

  const entered = detail.entered.value;
  const seen = useRef(0);
  useEffect(() => {
    if (entered > seen.current) pane.current?.focus();
    seen.current = entered;
  }, [entered]);

  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    detail.close();
  };

  return (
    <section ref={pane} class="qn-detail" aria-label="Cell" tabIndex={-1} onKeyDown={leave}>
      <div class="qn-head">
        <h4>{info ? nameOf(info) : "…"}</h4>
        <Button kind="round" aria-label="Close" title="Close (Escape)" onPress={detail.close}>
          <Glyph name="close" />
        </Button>
      </div>
      {info && <Inside store={store} info={info} />}
    </section>
  );
}

/** What tells a cell from the others. */
const nameOf = ({ values, cell }: DetailInfo): string =>
  values.map(([axis, value]) => valueText(axis, value)).join(" · ") || `seed ${cell.seed}`;

/** What tells a cell from another, without what they have in common. */
function apart(one: DetailInfo, other: DetailInfo): string {
  const values = one.values.filter(
    ([axis, value]) => !other.values.some(([a, v]) => a === axis && v === value),
  );
  return nameOf({ ...one, values });
}

function Inside({ store, info }: { store: Store; info: DetailInfo }) {
  const { detail } = store;
  const { cell, picture, request, error } = info;
  const pinned = detail.pinnedInfo.value;
  const other = pinned && pinned.cell.n !== cell.n ? pinned : undefined;
  const isPinned = detail.pinned.value === cell.n;
  return (
    <>
      <Frame ratio={picture?.width ? picture.width / picture.height : ratioOf(request.image_size)}>
        {picture && other?.picture ? (
          <Compare
            store={store}
            one={picture}
            other={other.picture}
            nameOf={({ id }) => (id === picture.id ? apart(info, other) : apart(other, info))}
          />
        ) : picture ? (
          <Large store={store} picture={picture} />
        ) : (
          <div class={`qn-face qn-is-${cell.standing}`}>{statusText(cell)}</div>
        )}
      </Frame>
      {error && (
        <div class="qn-card">
          <h4>
            <Icon name="warning" /> {cell.standing}
          </h4>
          <p>{explain(error, picture?.service ?? store.sweep.value.service)}</p>
        </div>
      )}
      <div class="qn-row">
        <Button onPress={() => detail.use(cell.n)}>Use in panel</Button>
        {picture && (
          <Button aria-pressed={cell.starred} title="s" onPress={() => detail.star(cell)}>
            <Glyph name="star" full={cell.starred} /> Star
          </Button>
        )}
        {picture && (
          <Button aria-pressed={isPinned} title="p" onPress={() => detail.pin(cell.n)}>
            <Glyph name="pin" /> {isPinned ? "Pinned" : "Pin to compare"}
          </Button>
        )}
        <Button onPress={() => detail.copyCode(cell.n)}>Copy code</Button>
        {store.statusMessage.value && detail.about.value === cell.n && (
          <p class="qn-note" aria-hidden="true">
            {store.statusMessage}
          </p>
        )}
      </div>
      {picture && <Note key={cell.n} note={info.note} onSave={(note) => detail.note(cell.n, note)} />}
      <Settings info={info} />
    </>
  );
}

function Large({ store, picture }: { store: Store; picture: PictureInfo }) {
  const url = useBest(store, picture.id);
  return <div class="qn-pane">{url && <img src={url} alt={picture.prompt} />}</div>;
}

/** All that the cell was made from, and what became of it. */
function Settings({ info: { request, picture, values } }: { info: DetailInfo }) {
  const offline = picture !== null && isOffline(picture.service);
  const facts: (readonly [string, string | null | undefined | false])[] = [
    ["prompt", request.prompt],
    ["source", request.image_url],
    ...values.filter(([axis]) => !(axis in request)),
    ["shape", request.image_size],
    ["seed", String(request.seed)],
    ["format", request.output_format],
    ["safety check", request.nsfw_checker && "on"],
    ["size", picture && picture.width > 0 && `${picture.width} × ${picture.height}`],
    ["took", picture?.seconds != null && took(picture.seconds)],
    ["cost", offline ? "free preview" : picture?.credits != null && credits(picture.credits)],
    ["file", picture?.name],
  ];
  return (
    <dl class="qn-settings">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{axisName(name)}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
