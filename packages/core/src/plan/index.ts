export * from "./flags.js";
export * from "./flops.js";
export * from "./memory.js";
export * from "./plan.js";
export * from "./rate.js";
