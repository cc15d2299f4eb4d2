/** @file Options that are names. */
import { z } from "zod";
import { nameFault, textFault } from "../base/names.js";

const checked = (fault: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = fault(text);
    if (message) context.addIssue({ code: "custom", message });
  });

/** A name that is given to something new: a run, an experiment, a tag. */
export const newName = () => checked(nameFault);

/** A name that others gave: a column's, a field's. */
export const theirName = () => checked(textFault);
