/**
 * @file Elements made and found. Text only ever enters the page as text nodes: samples and names are not trusted.
 */

/** The element of `index.html` with this id; a missing one is a defect. */
export function byId<K extends keyof HTMLElementTagNameMap>(id: string, tag: K): HTMLElementTagNameMap[K] {
  const element = document.getElementById(id);
  if (element?.localName !== tag) throw new Error(`index.html: no <${tag} id="${id}">`);
  return element as HTMLElementTagNameMap[K];
}

/** A new element; strings among the children become text nodes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}
