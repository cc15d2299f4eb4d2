/** @file ARC-Challenge. */
import { readArc } from "./arc.js";
import { choiceSet } from "./choiceSet.js";

export default choiceSet("arc-challenge", readArc);
