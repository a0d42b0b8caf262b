import type { ComponentChildren } from "preact";
import { Button } from "../../shared/view/button.tsx";

interface Props {
  text: ComponentChildren;
  yes: ComponentChildren;
  no: string;
  onYes(): void;
  onNo(): void;
}

/** Something that the panel could do for a person, and does not do unasked. */
export function Offer({ text, yes, no, onYes, onNo }: Props) {
  return (
    <div class="qn-offer">
      <span>{text}</span>
      <Button onPress={onYes}>{yes}</Button>
      <Button kind="quiet" onPress={onNo}>
        {no}
      </Button>
    </div>
  );
}
