import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface Choice<Value> {
  value: Value;
  face: ComponentChildren;
  /** Why it cannot be picked. It can still be reached. */
  why?: string | undefined;
}

interface Props<Value> {
  class: string;
  labelledBy: string;
  describedBy?: string | undefined;
  choices: readonly Choice<Value>[];
  picked: Value;
  onPick(value: Value): void;
  onRefuse?(why: string): void;
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** One of several, by mouse or arrow keys. The picked one bears a check mark, never a tint alone. */
export function RadioGroup<Value extends string>(props: Props<Value>) {
  const { choices, picked, onPick, onRefuse, labelledBy, describedBy } = props;
  const group = useRef<HTMLDivElement>(null);
  const stop = Math.max(
    0,
    choices.findIndex(({ value }) => value === picked),
  );

  const choose = ({ value, why }: Choice<Value>) => (why ? onRefuse?.(why) : onPick(value));
  const walk = (event: KeyboardEvent, place: number) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = (place + step + choices.length) % choices.length;
    group.current?.querySelectorAll<HTMLElement>("[role=radio]")[next]?.focus();
    const choice = choices[next];
    if (choice) choose(choice);
  };

  return (
    <div ref={group} class={props.class} role="radiogroup" aria-labelledby={labelledBy}>
      {choices.map((choice, place) => (
        // biome-ignore lint/a11y/useSemanticElements: a native radio that cannot be picked cannot be reached either
        <button
          key={choice.value}
          type="button"
          role="radio"
          class="qn-choice"
          aria-checked={choice.value === picked}
          aria-disabled={choice.why ? true : undefined}
          aria-describedby={choice.why ? describedBy : undefined}
          title={choice.why}
          tabIndex={place === stop ? 0 : -1}
          onClick={() => choose(choice)}
          onKeyDown={(event) => walk(event, place)}
        >
          {choice.value === picked && <Icon name="check" />}
          {choice.face}
        </button>
      ))}
    </div>
  );
}
