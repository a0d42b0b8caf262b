import { Button } from "../../shared/view/button.tsx";
import { RadioGroup } from "../../shared/view/radio-group.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import type { Size, Store } from "../state/store.ts";
import { axisName } from "../text.ts";
import { Glyph } from "./glyph.tsx";
import { SIZES } from "./measure.ts";

/** How the axes lie, and how large the pictures are. */
export function Controls({ store }: { store: Store }) {
  const { rows, columns } = store.cells;
  const id = useOwnId();
  return (
    <div class="qn-controls">
      <Lane store={store} label="Rows" own={rows.value} other={columns.value} isRows />
      <Lane store={store} label="Columns" own={columns.value} other={rows.value} />
      <div class="qn-lane">
        <span id={id} class="qn-hint">
          Size
        </span>
        <RadioGroup
          class="qn-segments"
          labelledBy={id}
          choices={(Object.keys(SIZES) as Size[]).map((value) => ({ value, face: value }))}
          picked={store.size.value ?? "M"}
          onPick={store.setSize}
        />
      </div>
    </div>
  );
}

interface LaneProps {
  store: Store;
  label: string;
  own: readonly string[];
  other: readonly string[];
  isRows?: boolean;
}

/** The axes of one direction, the outermost first. */
function Lane({ store, label, own, other, isRows = false }: LaneProps) {
  const id = useOwnId();
  const put = (mine: readonly string[], others: readonly string[]) => {
    const [down, across] = isRows ? [mine, others] : [others, mine];
    store.cells.arrange(down, across);
  };
  const outwards = (place: number) => {
    const [axis = ""] = own.slice(place, place + 1);
    put([...own.slice(0, place - 1), axis, ...own.slice(place - 1, place), ...own.slice(place + 1)], other);
  };
  const across = isRows ? "columns" : "rows";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand in a row
    <div class="qn-lane" role="group" aria-labelledby={id}>
      <span id={id} class="qn-hint">
        {label}
      </span>
      {own.length === 0 && <span class="qn-faint">none</span>}
      {own.map((axis, place) => (
        <span key={axis} class="qn-axis">
          {place > 0 && (
            <Button
              kind="round"
              aria-label={`Put ${axisName(axis)} outside ${axisName(own[place - 1] ?? "")}`}
              title="One level outwards"
              onPress={() => outwards(place)}
            >
              <Glyph name="outwards" />
            </Button>
          )}
          <b>{axisName(axis)}</b>
          <Button
            kind="round"
            aria-label={`Put ${axisName(axis)} on ${across}`}
            title={`To the ${across}`}
            onPress={() =>
              put(
                own.filter((name) => name !== axis),
                [...other, axis],
              )
            }
          >
            <Glyph name={isRows ? "across" : "down"} />
          </Button>
        </span>
      ))}
    </div>
  );
}
