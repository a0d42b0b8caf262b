import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** What is seen of something that scrolls, in pixels. */
export interface View {
  top: number;
  left: number;
  width: number;
  height: number;
}

/** The view through a scrolling element, kept up to date. */
export function useView(element: RefObject<HTMLElement | null>): { view: Signal<View>; look(): void } {
  const view = useSignal<View>({ top: 0, left: 0, width: 800, height: 560 });
  const look = () => {
    const { current } = element;
    if (!current) return;
    const { scrollTop: top, scrollLeft: left, clientWidth: width, clientHeight: height } = current;
    const seen = view.peek();
    if (seen.top === top && seen.left === left && seen.width === width && seen.height === height) return;
    view.value = { top, left, width, height };
  };
  useEffect(() => {
    if (!element.current) return;
    let frame = 0;
    // In the next frame: what is drawn for the new size may change that size again.
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(look);
    });
    observer.observe(element.current);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, []);
  return { view, look };
}
