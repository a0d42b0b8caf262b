/** The grid's own small drawings, which decorate words and never stand for them. */

const PATHS = {
  across: "M3 13V7.5a2.5 2.5 0 0 1 2.5-2.5H13M10 2l3 3-3 3",
  down: "M13 3H7.5A2.5 2.5 0 0 0 5 5.5V13M2 10l3 3 3-3",
  outwards: "M10 3 5 8l5 5",
  close: "M4 4l8 8M12 4l-8 8",
  star: "m8 1.8 1.9 4 4.3.5-3.2 3 .9 4.3L8 11.4l-3.9 2.2.9-4.3-3.2-3 4.3-.5z",
  pin: "M5.5 2h5M6.5 2v4L4.5 9h7L9.5 6V2M8 9v5",
} as const;

export function Glyph({ name, full = false }: { name: keyof typeof PATHS; full?: boolean }) {
  return (
    <svg class={full ? "qn-icon qn-full" : "qn-icon"} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
