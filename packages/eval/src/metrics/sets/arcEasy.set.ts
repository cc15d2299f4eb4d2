/** @file ARC-Easy. */
import { readArc } from "./arc.js";
import { choiceSet } from "./choiceSet.js";

export default choiceSet("arc-easy", readArc);
