import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const CALM = 300;

/** The one place that announces. Quick changes are said as the last of them. */
export function Announce({ words }: { words: string }) {
  const said = useSignal("");
  useEffect(() => {
    const timer = setTimeout(() => {
      said.value = words;
    }, CALM);
    return () => clearTimeout(timer);
  }, [words, said]);
  return (
    <div class="qn-unseen" role="status">
      {said}
    </div>
  );
}
