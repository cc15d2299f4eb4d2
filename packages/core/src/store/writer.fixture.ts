/**
 * @file A process that writes a run of its own and evaluations that its rivals write too: `writer.js STORE ID`.
 */
import { anEvaluation, aRun } from "./fixture.js";
import { openStore } from "./open.js";

const [path = "", id = ""] = process.argv.slice(2);
const store = openStore(path);
store.startRun(aRun({ id, experiment: "shared" }));
for (let update = 0; update < 200; update++) {
  store.addTrainPoints(id, [{ update, loss: 1, learningRate: 1, gradNorm: 1, tokens: update, wallMs: 1 }]);
  store.saveEvaluation(anEvaluation({ runId: id, seed: update }), [{ index: 0, seed: update, text: id }]);
}
store.close();
