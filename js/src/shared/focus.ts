/** Where the focus goes when the control that has it disappears. */

const CONTROLS = "button, input, textarea, summary, [tabindex='0']";

/**
 * Hand the focus on when its control is removed: to the next control, else to the one before. The browser would drop
 * it at the top of the page, and a person without a mouse would have to walk all the way back.
 */
export function keepFocus(root: HTMLElement, signal: AbortSignal) {
  let holder: HTMLElement | null = null;
  let heirs: HTMLElement[] = [];

  const focused = () => (root.getRootNode() as Document | ShadowRoot).activeElement;

  const remember = (event: FocusEvent) => {
    holder = event.target as HTMLElement;
    const controls = [...root.querySelectorAll<HTMLElement>(CONTROLS)];
    const place = controls.indexOf(holder);
    heirs = [...controls.slice(place + 1), ...controls.slice(0, Math.max(place, 0)).reverse()];
  };

  // Some browsers report the blur of a removed control too, so look again once it is known to be gone or alive.
  const leave = () => {
    queueMicrotask(() => {
      if (holder?.isConnected && focused() !== holder) holder = null;
    });
  };

  const handOn = () => {
    if (!holder || holder.isConnected) return;
    holder = null;
    const elsewhere = focused();
    if (elsewhere && elsewhere !== document.body) return;
    heirs.find((heir) => heir.isConnected && heir.checkVisibility())?.focus();
  };

  const observer = new MutationObserver(handOn);
  observer.observe(root, { childList: true, subtree: true });
  root.addEventListener("focusin", remember, { signal });
  root.addEventListener("focusout", leave, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}
