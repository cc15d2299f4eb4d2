/**
 * @file Notes' Markdown as HTML. micromark leaves out raw HTML and dangerous addresses unless told otherwise; images
 * are turned into links besides, because a page or a report must load nothing from elsewhere.
 */

import { visibleControls } from "@sdtt/core/report";
import { micromark } from "micromark";

export function markdownHtml(text: string): string {
  const html = micromark(visibleControls(text));
  return html.replace(/<img src="([^"]*)" alt="([^"]*)"[^>]*>/g, (_, source, alt) => {
    return `<a href="${source}">${alt || "image"}</a>`;
  });
}
