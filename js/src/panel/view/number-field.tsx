import { useEffect, useRef } from "preact/hooks";
import { isFocused } from "./focused.ts";

interface Props {
  id: string;
  value: number | null;
  min: number;
  max: number;
  placeholder?: string;
  /** A number within the limits, or null for an empty field; undefined for what is neither. */
  onValue(value: number | null | undefined): void;
}

/** Whole numbers only. What a person types is never written over while they type it. */
export function NumberField({ id, value, min, max, placeholder, onValue }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const text = String(value ?? "");
  const mark = (bad: boolean) => field.current?.setAttribute("aria-invalid", String(bad));

  const show = () => {
    if (field.current && !isFocused(field.current)) field.current.value = text;
  };
  useEffect(show, [text]);

  const read = (typed: string) => {
    const number = typed === "" ? null : Number(typed);
    const fits = number === null || (/^\d+$/.test(typed) && number >= min && number <= max);
    mark(!fits);
    onValue(fits ? number : undefined);
  };

  return (
    <input
      ref={field}
      id={id}
      class="qn-field"
      inputMode="numeric"
      autocomplete="off"
      maxLength={String(max).length}
      placeholder={placeholder}
      defaultValue={text}
      onInput={(event) => read(event.currentTarget.value)}
      onBlur={(event) => {
        // What does not fit gives way to the last number that did.
        if (event.currentTarget.ariaInvalid === "true") onValue(value);
        mark(false);
        show();
      }}
    />
  );
}
