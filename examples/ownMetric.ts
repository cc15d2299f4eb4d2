/** A metric of one's own: how many sentences end in a sample. */
import { meanWithStderr } from "@sdtt/core/statistics";
import { defineMetric } from "@sdtt/eval";

export default defineMetric({
  name: "sentences",
  version: 1,
  needs: "samples",
  what: "ends of sentences in a sample",
  unit: "sentences",
  scale: "linear",
  better: "none",
  errorOver: "samples",
  measure: ({ samples }) => meanWithStderr(samples.map(({ text }) => text.match(/[.!?]/g)?.length ?? 0)),
});
