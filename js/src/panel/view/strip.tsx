import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { usePicture } from "../../shared/view/use-picture.ts";
import type { PictureInfo } from "../protocol.ts";
import type { Store } from "../state/store.ts";
import { shorten } from "../text.ts";

const TILE = 92;
const SPARE = 3;

/** The studio's earlier pictures, newest first. Only the tiles in sight are drawn, however many there are. */
export function Strip({ store }: { store: Store }) {
  const { gallery, stage } = store;
  const list = useRef<HTMLDivElement>(null);
  const first = useSignal(0);
  const fit = useSignal(8);
  const goal = useRef<number | null>(null);
  const total = gallery.total.value;
  const shown = stage.shown.value;
  const id = shown.kind === "picture" ? shown.id : null;

  const measure = () => {
    if (!list.current) return;
    first.value = Math.max(0, Math.floor(list.current.scrollLeft / TILE) - SPARE);
    fit.value = Math.ceil(list.current.clientWidth / TILE) + 2 * SPARE;
  };
  useEffect(() => {
    if (!list.current) return;
    const observer = new ResizeObserver(measure);
    observer.observe(list.current);
    return () => observer.disconnect();
  }, [total > 0]);

  const last = Math.min(total, first.value + fit.value);
  useEffect(() => gallery.demand(first.value, last), [first.value, last, total]);

  // A tile that the arrow keys lead to may have to be drawn before it can take the focus.
  const focusGoal = () => {
    if (goal.current === null) return;
    const tile = list.current?.querySelector<HTMLElement>(`[aria-posinset="${goal.current + 1}"]`);
    if (tile) goal.current = null;
    tile?.focus();
  };
  useEffect(focusGoal);

  const walk = (event: KeyboardEvent, place: number) => {
    const places: Record<string, number> = {
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      Home: 0,
      End: total - 1,
    };
    const next = places[event.key];
    if (next === undefined || next < 0 || next >= total || !list.current) return;
    event.preventDefault();
    const { scrollLeft, clientWidth } = list.current;
    if (next * TILE < scrollLeft) list.current.scrollLeft = next * TILE;
    const hidden = (next + 1) * TILE - clientWidth;
    if (hidden > scrollLeft) list.current.scrollLeft = hidden;
    goal.current = next;
    measure();
    focusGoal();
  };

  if (total === 0) return null;
  const places = Array.from({ length: last - first.value }, (_, offset) => first.value + offset);
  const stop =
    places.find((place) => gallery.at(place)?.id === id) ??
    Math.min(first.value + (first.value && SPARE), total - 1);
  return (
    <div
      ref={list}
      class="qn-strip"
      role="listbox"
      aria-label="Earlier pictures"
      aria-orientation="horizontal"
      onScroll={measure}
    >
      <div style={{ width: `${total * TILE}px` }}>
        {places.map((place) => (
          <Tile
            key={place}
            store={store}
            place={place}
            total={total}
            picture={gallery.at(place)}
            picked={[id, stage.compared.value]}
            stop={place === stop}
            onChoose={stage.pick}
            onWalk={walk}
          />
        ))}
      </div>
    </div>
  );
}

interface TileProps {
  store: Store;
  place: number;
  total: number;
  picture: PictureInfo | undefined;
  picked: (string | null)[];
  stop: boolean;
  onChoose(picture: PictureInfo): void;
  onWalk(event: KeyboardEvent, place: number): void;
}

function Tile({ store, place, total, picture, picked, stop, onChoose, onWalk }: TileProps) {
  const url = usePicture(store, picture?.id, "preview");
  const name = picture ? `Seed ${picture.seed}: ${shorten(picture.prompt, 80)}` : "Loading";
  return (
    <button
      type="button"
      role="option"
      class="qn-tile"
      style={{ left: `${place * TILE}px` }}
      aria-label={name}
      aria-selected={picture !== undefined && picked.includes(picture.id)}
      aria-posinset={place + 1}
      aria-setsize={total}
      title={name}
      tabIndex={stop ? 0 : -1}
      onClick={() => picture && onChoose(picture)}
      onKeyDown={(event) => onWalk(event, place)}
    >
      {url && <img src={url} alt="" />}
    </button>
  );
}
