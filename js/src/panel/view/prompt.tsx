import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import { promptUnits, sentPrompt } from "../contract.ts";
import { literalText } from "../literal-text.ts";
import { PROMPT_LIMIT } from "../protocol.ts";
import { readRequest } from "../restore.ts";
import type { Store } from "../state/store.ts";
import { isFocused } from "./focused.ts";
import { Offer } from "./offer.tsx";

const COUNTED_FROM = PROMPT_LIMIT * 0.8;
const NOTED_FROM = 40;

/** The prompt. Its text belongs to the person while they type: nothing else writes into the focused field. */
export function Prompt({ store }: { store: Store }) {
  const { settings } = store;
  const field = useRef<HTMLTextAreaElement>(null);
  const pasted = useSignal<ReturnType<typeof readRequest>>(null);
  const id = useOwnId();
  const { prompt } = settings.values;
  const text = prompt.value;

  const show = () => {
    const area = field.current;
    if (area && !isFocused(area) && area.value !== prompt.value) area.value = prompt.value;
  };
  useEffect(show, [text]);

  const decide = (act: () => void) => () => {
    act();
    pasted.value = null;
    show();
    field.current?.focus();
  };

  return (
    <div class="qn-part">
      <label class="qn-label" for={id}>
        Prompt
      </label>
      <textarea
        ref={field}
        id={id}
        class="qn-field qn-prompt"
        rows={3}
        placeholder="Describe the image. Put words it should bear in “quotes”."
        aria-describedby={`${id}-count`}
        defaultValue={text}
        onFocus={() => settings.holdPrompt(true)}
        onBlur={() => {
          settings.holdPrompt(false);
          show();
        }}
        onInput={(event) => settings.write({ prompt: event.currentTarget.value })}
        onPaste={(event) => {
          pasted.value = readRequest(event.clipboardData?.getData("text/plain") ?? "");
        }}
      />
      <Counter id={`${id}-count`} units={promptUnits(sentPrompt(text))} />
      {settings.offered.value !== null && (
        <Offer
          text="A cell set the prompt:"
          yes="Use it"
          no="Keep mine"
          onYes={decide(() => settings.answerOffer(true))}
          onNo={decide(() => settings.answerOffer(false))}
        />
      )}
      {pasted.value && (
        <Offer
          text="This is the request of a picture:"
          yes="Restore its settings"
          no="Keep as text"
          onYes={decide(() => pasted.value && settings.restore(pasted.value))}
          onNo={decide(() => undefined)}
        />
      )}
      <Chips prompt={text} />
    </div>
  );
}

function Counter({ id, units }: { id: string; units: number }) {
  const left = PROMPT_LIMIT - units;
  const note = left < 0 ? ` · ${-left} too many` : left <= NOTED_FROM ? ` · ${left} left` : "";
  return (
    <p id={id} class={left < 0 ? "qn-count qn-over" : "qn-count"}>
      {units >= COUNTED_FROM && `${units} of ${PROMPT_LIMIT}${note}`}
    </p>
  );
}

function Chips({ prompt }: { prompt: string }) {
  const texts = literalText(prompt);
  if (texts.length === 0) return null;
  return (
    <div class="qn-chips">
      <span>Words in the image</span>
      {texts.map((text) => (
        <span key={text} class="qn-chip">
          {text}
        </span>
      ))}
    </div>
  );
}
