import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

interface Props {
  title: string;
  text: ComponentChildren;
  children?: ComponentChildren;
}

/** What went wrong, announced as soon as it stands there, and what can be done about it. */
export function Card({ title, text, children }: Props) {
  return (
    <div class="qn-card" role="alert">
      <h4>
        <Icon name="warning" /> {title}
      </h4>
      <p>{text}</p>
      {children && <div class="qn-row">{children}</div>}
    </div>
  );
}
