import { useSignal } from "@preact/signals";
import type { PictureInfo } from "../protocol.ts";
import { type Pictured, useBest } from "./use-picture.ts";

interface Props {
  store: Pictured;
  one: PictureInfo;
  other: PictureInfo;
  /** What tells them from each other, in a word. */
  nameOf?(picture: PictureInfo): string;
}

const bySeed = ({ seed }: PictureInfo) => `seed ${seed}`;

/** Two pictures, one over the other; a slider, which the arrow keys move too, says how much of each is seen. */
export function Compare({ store, one, other, nameOf = bySeed }: Props) {
  const split = useSignal(50);
  const [name, otherName] = [one, other].map(nameOf);
  return (
    <div class="qn-compare" style={{ "--qn-split": `${split.value}%` }}>
      <img src={useBest(store, other.id)} alt={`${otherName}: ${other.prompt}`} />
      <img class="qn-over" src={useBest(store, one.id)} alt={`${name}: ${one.prompt}`} />
      <span class="qn-tag" aria-hidden="true">
        {name}
      </span>
      <span class="qn-tag qn-tag-right" aria-hidden="true">
        {otherName}
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={split.value}
        aria-label={`How much of ${name} is shown, beside ${otherName}`}
        onInput={(event) => {
          split.value = event.currentTarget.valueAsNumber;
        }}
      />
    </div>
  );
}
