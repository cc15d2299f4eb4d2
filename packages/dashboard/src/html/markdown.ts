/**
 * @file Notes' Markdown as HTML, with tables and check lists. micromark leaves out raw HTML and dangerous addresses unless told
 * otherwise; images are turned into links besides, because a page or a report must load nothing from elsewhere.
 *
 * The page's own charts are the exception, as `![quality](/api/curve.svg?experiment=demo)`: on the page they are drawn as they
 * stand now, in a report or a frozen meeting they are links.
 */

import { visibleControls } from "@sdtt/core/report";
import { micromark } from "micromark";
import { gfmTable, gfmTableHtml } from "micromark-extension-gfm-table";
import { gfmTaskListItem, gfmTaskListItemHtml } from "micromark-extension-gfm-task-list-item";

const options = {
  extensions: [gfmTable(), gfmTaskListItem()],
  htmlExtensions: [gfmTableHtml(), gfmTaskListItemHtml()],
};

/** Addresses of this page's charts, which read and change nothing. */
const ownChart = /^\/api\/(?:curve|frontier|leaderboard|slice|sweep|train)\.(?:svg|png)(?:\?[^"<>]*)?$/;

/** @param charts `live`: the page's own charts are drawn; left out: they are links as all images are */
export function markdownHtml(text: string, charts: "live" | "linked" = "linked"): string {
  return micromark(visibleControls(text), options)
    .replace(/<img src="([^"]*)" alt="([^"]*)"[^>]*>/g, (_, source: string, alt: string) =>
      charts === "live" && ownChart.test(source)
        ? `<img src="${source}" alt="${alt || "chart"}">`
        : `<a href="${source}">${alt || "image"}</a>`,
    )
    .replace(/<input type="checkbox" disabled=""( checked="")?\s*\/?>/g, (_, isDone?: string) => (isDone ? "☑" : "☐"));
}
