import type { AriaAttributes, ComponentChildren, Ref } from "preact";

type Attributes = Pick<
  AriaAttributes,
  "aria-describedby" | "aria-expanded" | "aria-keyshortcuts" | "aria-label" | "aria-pressed"
>;

interface Props extends Attributes {
  children: ComponentChildren;
  onPress(): unknown;
  kind?: "primary" | "quiet" | "round";
  /** Why it cannot be pressed now. It stays reachable, so that the reason can be read. */
  why?: string | null | undefined;
  title?: string;
  innerRef?: Ref<HTMLButtonElement>;
}

export function Button({ children, onPress, kind, why, title, innerRef = null, ...attributes }: Props) {
  return (
    <button
      type="button"
      ref={innerRef}
      class={`qn-button qn-${kind}`}
      aria-disabled={!!why || undefined}
      title={why ?? title}
      onClick={() => onPress()}
      {...attributes}
    >
      {children}
    </button>
  );
}
