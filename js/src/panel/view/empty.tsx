import { ratioOf } from "../../shared/ratio.ts";
import { Frame } from "../../shared/view/frame.tsx";
import type { Store } from "../state/store.ts";
import { Place } from "./place.tsx";

const EXAMPLES = [
  "a vintage travel poster that reads “VISIT MARS” in bold retro type, dusk, two moons",
  "a ramen shop in the rain, its neon sign says OPEN LATE",
  "an infographic titled “HOW TEA IS MADE”, five steps",
];

/** The stage before the first picture: what this is, and something to begin with. */
export function Empty({ store }: { store: Store }) {
  const { values } = store.settings;
  return (
    <>
      <Frame ratio={ratioOf(values.image_size.value)} class="qn-blank">
        <svg class="qn-sketch" viewBox="0 0 120 60" aria-hidden="true">
          <circle cx="84" cy="20" r="11" />
          <circle cx="102" cy="11" r="3" />
          <path d="M0 52c14-16 30-20 46-10s34 12 50-2 20-10 24-8M58 47l4-13 4 13m-7-4h6" />
        </svg>
        <h4>Describe a picture</h4>
        <Place store={store} />
      </Frame>
      <div class="qn-examples">
        <span class="qn-hint">Or begin with one of these</span>
        {EXAMPLES.map((example) => (
          <button
            key={example}
            type="button"
            class="qn-example"
            onClick={() => store.settings.write({ prompt: example })}
          >
            {example}
          </button>
        ))}
      </div>
    </>
  );
}
