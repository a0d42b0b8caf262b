import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const CALM = 300;

/** The one place that announces to a screen reader. Of quick changes only the last is announced. */
export function Announce({ text }: { text: string }) {
  const announced = useSignal("");
  useEffect(() => {
    const timer = setTimeout(() => {
      announced.value = text;
    }, CALM);
    return () => clearTimeout(timer);
  }, [text, announced]);
  return (
    <div class="qn-unseen" role="status">
      {announced}
    </div>
  );
}
