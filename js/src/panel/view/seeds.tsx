import { Button } from "../../shared/view/button.tsx";
import { Icon } from "../../shared/view/icon.tsx";
import { RadioGroup } from "../../shared/view/radio-group.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import { MAX_COUNT, type NextSeed, SEED_MAX } from "../protocol.ts";
import type { Store } from "../state/store.ts";
import { NumberField } from "./number-field.tsx";

const NEXT: readonly NextSeed[] = ["same", "random", "+1"];

/** The seed, what the next one is, and how many images, which is how many seeds. */
export function Seeds({ store }: { store: Store }) {
  const { seed, next_seed, count } = store.settings.values;
  const id = useOwnId();
  const setCount = (images: number) =>
    store.settings.write({ count: Math.min(MAX_COUNT, Math.max(1, images)) });
  return (
    <div class="qn-part qn-seeds">
      <div>
        <label class="qn-label" for={id}>
          Seed
        </label>
        <NumberField
          id={id}
          value={seed.value}
          min={0}
          max={SEED_MAX}
          placeholder="random"
          onValue={store.settings.writeSeed}
        />
      </div>
      <div>
        <span id={`${id}-next`} class="qn-label">
          Next seed
        </span>
        <RadioGroup
          class="qn-segments"
          labelledBy={`${id}-next`}
          choices={NEXT.map((value) => ({ value, face: value }))}
          picked={next_seed.value}
          onPick={(value) => store.settings.write({ next_seed: value })}
        />
      </div>
      <div>
        <label class="qn-label" for={`${id}-count`}>
          Images
        </label>
        <div class="qn-stepper">
          <Button
            kind="quiet"
            aria-label="Fewer images"
            why={count.value <= 1 ? "One is the least." : null}
            onPress={() => setCount(count.value - 1)}
          >
            <Icon name="minus" />
          </Button>
          <NumberField
            id={`${id}-count`}
            value={count.value}
            min={1}
            max={MAX_COUNT}
            onValue={(value) => value && setCount(value)}
          />
          <Button
            kind="quiet"
            aria-label="More images"
            why={count.value >= MAX_COUNT ? `${MAX_COUNT} are the most.` : null}
            onPress={() => setCount(count.value + 1)}
          >
            <Icon name="plus" />
          </Button>
        </div>
      </div>
    </div>
  );
}
