import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../shared/view/button.tsx";
import { Icon } from "../../shared/view/icon.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import { usePicture } from "../../shared/view/use-picture.ts";
import { problemOfSource } from "../source-url.ts";
import type { Store } from "../state/store.ts";
import { ago, shorten } from "../text.ts";

/** The image that is edited: shown, taken away, or added by its address. */
export function Source({ store }: { store: Store }) {
  const adding = useSignal(false);
  const add = useRef<HTMLButtonElement>(null);
  const url = store.settings.values.image_url.value;

  const close = () => {
    adding.value = false;
    requestAnimationFrame(() => add.current?.focus());
  };
  const remove = () => {
    store.settings.removeSource();
    close();
  };

  if (url) return <Chosen store={store} url={url} onRemove={remove} />;
  if (adding.value) return <Address store={store} onClose={close} />;
  return (
    <div class="qn-part">
      <Button
        innerRef={add}
        onPress={() => {
          adding.value = true;
        }}
      >
        <Icon name="plus" /> Add a source image
      </Button>
    </div>
  );
}

function Chosen({ store, url, onRemove }: { store: Store; url: string; onRemove(): void }) {
  const picture = store.gallery.findByUrl(url);
  const preview = usePicture(store, picture?.id, "preview");
  const name = picture
    ? `seed ${picture.seed}, made ${ago(picture.made, store.jobs.now.value)}`
    : shorten(url.replace(/^\w+:\/\/|\?.*/g, ""), 48);
  return (
    <div class="qn-part">
      <span class="qn-label">Source</span>
      <div class="qn-source">
        <img class="qn-thumb" src={picture ? preview : url} alt="Source" referrerpolicy="no-referrer" />
        <span class="qn-faint">{name}</span>
        <Button aria-label="Remove the source image" onPress={onRemove}>
          Remove
        </Button>
      </div>
    </div>
  );
}

function Address({ store, onClose }: { store: Store; onClose(): void }) {
  const field = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  const id = useOwnId();
  useEffect(() => field.current?.focus(), []);

  const take = () => {
    const typed = field.current?.value.trim() ?? "";
    problem.value = problemOfSource(typed);
    if (problem.value !== null) return field.current?.focus();
    store.settings.write({ image_url: typed });
    onClose();
  };
  const byKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // the focus moves on, and the Enter would be typed there
      take();
    }
    if (event.key === "Escape") onClose();
  };

  return (
    <div class="qn-part">
      <label class="qn-label" for={id}>
        Source URL
      </label>
      <div class="qn-row">
        <input
          ref={field}
          id={id}
          class="qn-field"
          type="url"
          placeholder="https://"
          spellcheck={false}
          aria-invalid={problem.value !== null}
          aria-describedby={`${id}-problem`}
          onKeyDown={byKey}
          onInput={() => {
            problem.value = null;
          }}
        />
        <Button onPress={take}>Add</Button>
        <Button kind="quiet" onPress={onClose}>
          Cancel
        </Button>
      </div>
      <p id={`${id}-problem`} class="qn-note" role="alert">
        {problem}
      </p>
    </div>
  );
}
