/** Where a key leads in the table. */

export interface Place {
  row: number;
  column: number;
}

interface Ground {
  height: number;
  width: number;
  /** Rows that fit into the view. */
  page: number;
}

/** The place that a key leads to, or nothing where it leads nowhere. */
export function step(
  { key, ctrlKey, metaKey, altKey }: KeyboardEvent,
  at: Place,
  ground: Ground,
): Place | null {
  if (altKey) return null;
  const whole = ctrlKey || metaKey;
  const last = { row: ground.height - 1, column: ground.width - 1 };
  const goals: Record<string, Place> = {
    Home: { row: whole ? 0 : at.row, column: 0 },
    End: { row: whole ? last.row : at.row, column: last.column },
  };
  if (!whole)
    Object.assign(goals, {
      ArrowRight: { ...at, column: at.column + 1 },
      ArrowLeft: { ...at, column: at.column - 1 },
      ArrowDown: { ...at, row: at.row + 1 },
      ArrowUp: { ...at, row: at.row - 1 },
      PageDown: { ...at, row: at.row + ground.page },
      PageUp: { ...at, row: at.row - ground.page },
    });
  const goal = goals[key];
  if (!goal) return null;
  const within = (value: number, most: number) => Math.max(0, Math.min(value, most));
  return { row: within(goal.row, last.row), column: within(goal.column, last.column) };
}
