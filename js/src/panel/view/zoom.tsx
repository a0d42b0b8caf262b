import { useEffect, useRef } from "preact/hooks";
import { Button } from "../../shared/view/button.tsx";
import { Icon } from "../../shared/view/icon.tsx";

interface Props {
  on: boolean;
  onToggle(): void;
  url: string | undefined;
  text: string;
}

/** A picture as large as its frame, or pixel for pixel: then it is moved by dragging, the wheel or the arrow keys. */
export function Zoom({ on, onToggle, url, text }: Props) {
  const pane = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const { current } = pane;
    if (on && current)
      current.scrollTo(
        (current.scrollWidth - current.clientWidth) / 2,
        (current.scrollHeight - current.clientHeight) / 2,
      );
  }, [on]);

  const drag = (event: PointerEvent) => {
    if (!on || event.buttons !== 1) return;
    event.preventDefault();
    pane.current?.scrollBy(-event.movementX, -event.movementY);
  };
  const pixelForPixel = (image: HTMLImageElement | null) => {
    if (image) image.style.width = on ? `${image.naturalWidth / devicePixelRatio}px` : "";
  };

  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset does not scroll */}
      <div
        ref={pane}
        class={on ? "qn-pane qn-zoomed" : "qn-pane"}
        role="group"
        aria-label="Picture"
        tabIndex={on ? 0 : undefined}
        onPointerMove={drag}
      >
        {url && (
          <img
            key={String(on)}
            ref={pixelForPixel}
            src={url}
            alt={text}
            draggable={false}
            onLoad={(event) => pixelForPixel(event.currentTarget)}
            onDblClick={onToggle}
          />
        )}
      </div>
      <div class="qn-corner">
        <Button
          kind="round"
          aria-label="Actual size"
          title="Actual size"
          aria-pressed={on}
          onPress={onToggle}
        >
          <Icon name="zoom" />
        </Button>
      </div>
    </>
  );
}
