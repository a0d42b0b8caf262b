/** Copy text through the browser, as the kernel may be on another machine. Returns the outcome as text. */
export async function copyText(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // On plain http there is no clipboard, but a selection can still be copied.
    const field = document.createElement("textarea");
    const focused = document.activeElement as HTMLElement | null;
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    if (!copied) return "The browser did not allow copying.";
  }
  return "Copied.";
}
