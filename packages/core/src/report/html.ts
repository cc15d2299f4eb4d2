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
  return text.replace(/\p{Cc}|[\u202a-\u202e\u2066-\u2069\u200e\u200f]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\n" || character === "\t") return character;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "␡" : `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  });
}
