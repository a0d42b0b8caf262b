import type { ComponentChildren } from "preact";

interface Props {
  ratio: number;
  children: ComponentChildren;
  class?: string;
}

/** The stage's frame, in the ratio of what it shows. */
export function Frame({ ratio, children, class: extra = "" }: Props) {
  return (
    <div class={`qn-frame ${extra}`} style={{ "--qn-ratio": ratio }}>
      {children}
    </div>
  );
}
