/** Small drawings in the colour of the text. They decorate words and never stand for them. */

const PATHS = {
  check: "M3 8.5 6.5 12 13 4.5",
  minus: "M3.5 8h9",
  plus: "M8 3.5v9M3.5 8h9",
  warning: "M8 2 15 14H1L8 2Zm0 4.5v3.5m0 1.8v.2",
  zoom: "M2 6V2h4M14 6V2h-4M2 10v4h4M14 10v4h-4",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="qn-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
