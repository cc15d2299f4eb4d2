/** @file `@sdtt/core/report`: reports as HTML; it stands without the rest of core. */

export { escapeHtml, visibleControls } from "./html.js";
export { type ReportPage, type ReportSection, type ReportTable, reportPage } from "./page.js";
