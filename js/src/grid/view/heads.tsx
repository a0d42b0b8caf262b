import type { Head } from "../protocol.ts";
import type { Store } from "../state/store.ts";
import { axisName, valueText } from "../text.ts";
import type { Measures } from "./measure.ts";

/** A head that stands for one thing, or for several beside each other that have the same outer values. */
export interface Group {
  first: number;
  length: number;
  head: Head | undefined;
}

/**
 * The heads of one level in a window: those beside each other that agree in all axes up to this one are one. At the
 * window's edges a group is cut, as what is out of sight is not drawn.
 */
export function groupsOf(
  headAt: (place: number) => Head | undefined,
  [first, end]: readonly [number, number],
  innermost: boolean,
  depth: number,
): Group[] {
  const groups: Group[] = [];
  for (let place = first; place < end; place++) {
    const head = headAt(place);
    const before = groups.at(-1);
    const same = head?.slice(0, depth + 1).every((value, axis) => value === before?.head?.[axis]);
    if (before && same && !innermost) before.length++;
    else groups.push({ first: place, length: 1, head });
  }
  return groups;
}

interface Props {
  store: Store;
  measures: Measures;
  sight: readonly [number, number];
}

/** The heads of the columns, a line for each axis, and the names of the axes that go down. */
export function ColumnHeads({ store, measures, sight }: Props) {
  const { rowLevels, columnLevels } = measures;
  const rows = store.cells.rows.value;
  const columns = store.cells.columns.value;
  const lines = columnLevels.length;
  return (
    <thead>
      {columnLevels.map(({ axis, top, height }, line) => (
        <tr key={line} aria-rowindex={line + 1} style={{ height: `${height}px` }}>
          {rowLevels.length > 0 && line === 0 && lines > 1 && (
            <td
              class="qn-corner-head"
              colSpan={rowLevels.length}
              rowSpan={lines - 1}
              style={{ top: 0, left: 0 }}
            />
          )}
          {line === lines - 1 &&
            rowLevels.map(({ axes, left }, level) => (
              <th
                key={level}
                scope="col"
                class="qn-corner-head"
                aria-colindex={level + 1}
                style={{ top: `${top}px`, left: `${left}px` }}
              >
                {axes.map((one) => axisName(rows[one] ?? "")).join(" · ")}
              </th>
            ))}
          <td class="qn-gap" aria-hidden="true" />
          {axis === null ? (
            <th scope="col" aria-colindex={rowLevels.length + 1} style={{ top: `${top}px` }}>
              picture
            </th>
          ) : (
            groupsOf((place) => store.cells.head("column", place), sight, line === lines - 1, axis).map(
              ({ first, length, head }) => (
                <th
                  key={first}
                  scope={line === lines - 1 ? "col" : "colgroup"}
                  colSpan={length}
                  aria-colindex={rowLevels.length + first + 1}
                  style={{ top: `${top}px` }}
                >
                  <Label axis={columns[axis] ?? ""} value={head?.[axis]} left={measures.headWidth} />
                </th>
              ),
            )
          )}
          <td class="qn-gap" aria-hidden="true" />
        </tr>
      ))}
    </thead>
  );
}

interface LabelProps {
  axis: string;
  value: string | null | undefined;
  left?: number;
}

/** A value; it stays in sight while its group is. */
export function Label({ axis, value, left }: LabelProps) {
  const text = value == null ? "–" : valueText(axis, value);
  return (
    <span
      class="qn-label-of"
      title={value ?? undefined}
      style={left === undefined ? undefined : { left: `${left}px` }}
    >
      {text}
    </span>
  );
}
