export { pretrainTask } from "./objectives.js";
