/**
 * @file HTML as text that cannot be anything else: whatever comes from a store passes through `escapeHtml`.
 */

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for an element or a quoted attribute; control characters, which HTML does not allow, become pictures of them. */
export function escapeHtml(text: string): string {
  return visibleControls(text).replace(/[&<>"']/g, (character) => entities[character] as string);
}

/**
 * Control characters as their pictures (␇), and those that turn the direction of writing as their names: a sample must
 * not be able to reorder the page around it.
 */
export function visibleControls(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (c) =>
      c === "\u007f" ? "␡" : String.fromCharCode(0x2400 + c.charCodeAt(0)),
    )
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, (c) => `[U+${c.charCodeAt(0).toString(16).toUpperCase()}]`);
}
