/** Keeps a panel's keys to itself. */

/**
 * Stop keys from reaching the notebook, whose single-letter shortcuts insert and delete cells.
 *
 * Saving passes, because a person expects it to save the notebook; Escape passes, because it leads back to the cell.
 * Other combinations must not: with Ctrl+Z the notebook would undo instead of the field.
 */
export function containKeys(root: HTMLElement, signal: AbortSignal) {
  const contain = (event: KeyboardEvent) => {
    const saves = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s";
    if (!saves && event.key !== "Escape") event.stopPropagation();
  };
  root.addEventListener("keydown", contain, { signal });
}
