import { ratioOf } from "../../shared/ratio.ts";
import { RadioGroup } from "../../shared/view/radio-group.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import { isEditOnly } from "../contract.ts";
import { IMAGE_SIZES, type ImageSize } from "../protocol.ts";
import type { Store } from "../state/store.ts";

const LONG_SIDE = 22;
const WHY = "2:3, 3:2 and 21:9 need a source image.";

/** The shapes in true proportion. What only edits can have is drawn dashed and says why. */
export function Shapes({ store }: { store: Store }) {
  const { settings } = store;
  const id = useOwnId();
  const edits = settings.values.image_url.value !== "";
  const choices = IMAGE_SIZES.map((value) => ({
    value: value as ImageSize,
    face: <Tile size={value} />,
    why: isEditOnly(value) && !edits ? WHY : undefined,
  }));
  return (
    <div class="qn-part">
      <div class="qn-ends">
        <span id={id} class="qn-label">
          Shape
        </span>
        {!edits && (
          <span id={`${id}-why`} class="qn-hint">
            dashed: when editing only
          </span>
        )}
      </div>
      <RadioGroup
        class="qn-shapes"
        labelledBy={id}
        describedBy={`${id}-why`}
        choices={choices}
        picked={settings.values.image_size.value}
        onPick={(image_size) => settings.write({ image_size })}
        onRefuse={settings.notify}
      />
      {settings.notice.value && <p class="qn-note">{settings.notice}</p>}
    </div>
  );
}

function Tile({ size }: { size: string }) {
  const ratio = ratioOf(size);
  const width = LONG_SIDE * Math.min(1, ratio);
  const height = LONG_SIDE * Math.min(1, 1 / ratio);
  return (
    <>
      <span class="qn-shape">
        <i style={{ width: `${width}px`, height: `${height}px` }} />
      </span>
      {size}
    </>
  );
}
