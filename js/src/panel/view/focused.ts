/** Whether an element has the focus, also inside a host's shadow root. */
export const isFocused = (element: Element): boolean =>
  (element.getRootNode() as Document | ShadowRoot).activeElement === element;
