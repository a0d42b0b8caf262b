import { useSignal } from "@preact/signals";
import type { PictureInfo } from "../protocol.ts";
import { type Pictured, useBest } from "./use-picture.ts";

interface Props {
  store: Pictured;
  one: PictureInfo;
  other: PictureInfo;
}

/** Two pictures, one over the other; a slider, which the arrow keys move too, says how much of each is seen. */
export function Compare({ store, one, other }: Props) {
  const split = useSignal(50);
  return (
    <div class="qn-compare" style={{ "--qn-split": `${split.value}%` }}>
      <img src={useBest(store, other.id)} alt={`Seed ${other.seed}: ${other.prompt}`} />
      <img class="qn-over" src={useBest(store, one.id)} alt={`Seed ${one.seed}: ${one.prompt}`} />
      <span class="qn-tag" aria-hidden="true">
        seed {one.seed}
      </span>
      <span class="qn-tag qn-tag-right" aria-hidden="true">
        seed {other.seed}
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={split.value}
        aria-label={`How much of seed ${one.seed} is shown, beside seed ${other.seed}`}
        onInput={(event) => {
          split.value = event.currentTarget.valueAsNumber;
        }}
      />
    </div>
  );
}
