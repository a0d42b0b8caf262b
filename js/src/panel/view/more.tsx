import { RadioGroup } from "../../shared/view/radio-group.tsx";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import { OUTPUT_FORMATS, type OutputFormat } from "../protocol.ts";
import type { Store } from "../state/store.ts";

/** What is rarely changed: the file's format and the service's safety check. */
export function More({ store }: { store: Store }) {
  const { output_format, nsfw_checker } = store.settings.values;
  const id = useOwnId();
  return (
    <details class="qn-part qn-more">
      <summary>
        More: {output_format} · safety check {nsfw_checker.value ? "on" : "off"}
      </summary>
      <div class="qn-row">
        <span id={id}>Format</span>
        <RadioGroup
          class="qn-segments"
          labelledBy={id}
          choices={OUTPUT_FORMATS.map((value) => ({ value: value as OutputFormat, face: value }))}
          picked={output_format.value}
          onPick={(value) => store.settings.write({ output_format: value })}
        />
        <label class="qn-check">
          <input
            type="checkbox"
            checked={nsfw_checker.value}
            onChange={(event) => store.settings.write({ nsfw_checker: event.currentTarget.checked })}
          />
          Safety check
        </label>
      </div>
    </details>
  );
}
