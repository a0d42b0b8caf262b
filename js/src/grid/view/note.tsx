import { useRef } from "preact/hooks";
import { useOwnId } from "../../shared/view/use-own-id.ts";
import { MAX_NOTE } from "../protocol.ts";

interface Props {
  note: string;
  onSave(note: string): void;
}

/** A note about a picture. It is saved when the field is left, or with Ctrl+Enter. */
export function Note({ note, onSave }: Props) {
  const id = useOwnId();
  const saved = useRef(note);
  const save = (field: HTMLTextAreaElement) => {
    if (field.value === saved.current) return;
    saved.current = field.value;
    onSave(field.value);
  };
  return (
    <div>
      <label class="qn-label" for={id}>
        Note
      </label>
      <textarea
        id={id}
        class="qn-field"
        rows={2}
        maxLength={MAX_NOTE}
        defaultValue={note}
        onBlur={(event) => save(event.currentTarget)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(event.currentTarget);
        }}
      />
    </div>
  );
}
