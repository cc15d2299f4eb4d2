/**
 * @file A process that writes a run of its own and evaluations that its rivals write too:
 * `writer.js STORE ID POINTS POINTS_A_CALL`, with an evaluation after each call.
 */

import { openStore } from "./file/open.js";
import { anEvaluation, aRun } from "./rows.fixture.js";

const [path = "", id = "", points = "", atOnce = ""] = process.argv.slice(2);
const store = openStore(path);
store.startRun(aRun({ id, experiment: "shared" }));
for (let first = 0; first < Number(points); first += Number(atOnce)) {
  const updates = Array.from({ length: Number(atOnce) }, (_, i) => first + i);
  const point = (update: number) => ({ update, loss: 1, learningRate: 1, gradNorm: 1, tokens: update, wallMs: 1 });
  store.addTrainPoints(id, updates.map(point));
  store.saveEvaluation(anEvaluation({ runId: id, seed: first }), [{ index: 0, seed: first, text: id }]);
}
store.close();
