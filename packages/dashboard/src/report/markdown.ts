/**
 * @file Notes' Markdown as HTML. micromark leaves out raw HTML and dangerous addresses unless told otherwise; images
 * are turned into links besides, because a report must load nothing from elsewhere.
 */
import { micromark } from "micromark";
import { visibleControls } from "./html.js";

export function markdownHtml(text: string): string {
  const withoutImages = visibleControls(text).replaceAll("![", "\\![");
  return micromark(withoutImages);
}
