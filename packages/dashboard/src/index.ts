/**
 * @file What others may use of the dashboard: an experiment's curve, its table, its picture, and the server's application.
 */
export type { Curve, CurvePoint, Reference, Series } from "./charts/data/curve.js";
export { replicates } from "./charts/data/lines.js";
export type { Gain, Gains } from "./charts/data/matched.js";
export type { Measure, SeedFigure } from "./charts/data/measure.js";
export type { Cost, Priced, SamplerLine, SamplerPoint, Samplers } from "./charts/data/samplers.js";
export { type CurveTable, curveTable, markdownTable } from "./charts/data/table.js";
export { noGainText } from "./charts/data/words.js";
export type { Address, AnswerTo, Asking } from "./protocol.js";
export { type CurveSelection, curveFrom } from "./read/curve.js";
export { samplersFrom } from "./read/samplers.js";
export { openStores, type Stores } from "./read/stores/stores.js";
export { samplersFile } from "./report/chartFiles.js";
export { type PlotOptions, plotCurve } from "./report/plot.js";
export { type ReportOptions, reportHtml } from "./report/report.js";
export { createApp } from "./server/app.js";
export { loadWebFiles, type WebFiles } from "./server/webFiles.js";
