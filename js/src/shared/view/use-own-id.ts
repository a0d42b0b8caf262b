import { useMemo } from "preact/hooks";
import { newId } from "../ids.ts";

/** An id for labels. Preact's own `useId` repeats itself from one panel of a page to the next. */
export const useOwnId = (): string => useMemo(newId, []);
