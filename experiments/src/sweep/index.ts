/** @file `@sdtt/experiments`: what a spec may import. */
export * from "../spec/define.js";
