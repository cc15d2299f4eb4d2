/** @file `@sdtt/experiments`: what a spec may import. */
export * from "./define.js";
